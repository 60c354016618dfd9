//! DICOM header values as text.

/// Common modalities (0008,0060) in words.
const MODALITIES: [(&str, &str); 32] = [
    ("AR", "autorefraction"),
    ("BMD", "bone densitometry"),
    ("CR", "computed radiograph"),
    ("CT", "computed tomography"),
    ("DMS", "dermatoscopy"),
    ("DX", "digital radiograph"),
    ("ECG", "electrocardiogram"),
    ("ES", "endoscopy"),
    ("GM", "general microscopy"),
    ("IO", "intra-oral radiograph"),
    ("IVOCT", "intravascular optical coherence tomography"),
    ("IVUS", "intravascular ultrasound"),
    ("KO", "selection of key images"),
    ("MG", "mammogram"),
    ("MR", "magnetic resonance"),
    ("NM", "nuclear medicine"),
    ("OCT", "optical coherence tomography"),
    ("OP", "photograph of the eye"),
    ("OPT", "tomography of the eye"),
    ("OT", "another kind of image"),
    ("PR", "presentation state"),
    ("PT", "positron emission tomography"),
    ("PX", "panoramic radiograph"),
    ("RF", "fluoroscopy"),
    ("RG", "radiograph on film"),
    ("RTIMAGE", "radiotherapy image"),
    ("SM", "slide microscopy"),
    ("SR", "structured report"),
    ("US", "ultrasound"),
    ("XA", "angiography"),
    ("XC", "photograph"),
    ("DOC", "document"),
];

/// A modality in words with its code: `mammogram (MG)`. Unknown codes are returned alone.
pub fn modality(code: &str) -> String {
    let known = MODALITIES.iter().find(|(known, _)| *known == code);
    known.map_or_else(|| code.to_string(), |(_, words)| format!("{words} ({code})"))
}
