//! What a viewport is given to show, and how it reports what the user does.

use crate::frame::Frame;
use crate::messages::page;
use crate::study::DicomFacts;
use crate::viewing::Annotation;
use leptos::html::Canvas;
use leptos::prelude::*;
use std::rc::Rc;
use std::sync::Arc;
use web_sys::ImageData;

/// A picture that lies over a whole frame; its size need not be the frame's.
pub struct Overlay {
    /// The picture. Where nothing is to be shown it is transparent.
    pub picture: ImageData,
    /// What it is.
    pub kind: OverlayKind,
}

/// What lies over an image.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum OverlayKind {
    /// Weak to strong signs, in colours.
    Heat,
    /// What a network takes for the lesion.
    Outline,
}

/// A frame of an image, as a viewport is given it.
#[derive(Clone)]
pub struct ShownFrame {
    /// The image's number. Views, windows and steps back are kept for each.
    pub image: u32,
    /// Its frame.
    pub frame: Rc<Frame>,
    /// The frame's number, from 0.
    pub number: u32,
    /// How many frames there are.
    pub count: u32,
}

/// The canvases of a viewport, which show what is seen there. Copies share them.
#[derive(Clone, Copy, Default)]
pub struct Canvases {
    /// The image.
    pub image: NodeRef<Canvas>,
    /// What lies over it.
    pub overlay: NodeRef<Canvas>,
}

/// What a viewport shows, and whom it tells what the user does.
#[derive(Clone, Copy)]
pub struct Source {
    /// The viewport draws into these.
    pub canvases: Canvases,
    /// What the image is called.
    pub title: Signal<String>,
    /// What its header says, where it has one.
    pub header: Signal<Option<Arc<DicomFacts>>>,
    /// The frame to show; none while there is none.
    pub seen: Signal<Option<ShownFrame>, LocalStorage>,
    /// The frame that is to be shown; `seen` may still be an earlier one.
    pub wanted: Signal<u32>,
    /// How long each frame is shown when they are played, in milliseconds, where the file says so.
    pub frame_ms: Signal<Option<f64>>,
    /// Another frame of the image is wanted, perhaps more than once; `seen` follows when it is there.
    pub on_frame: UnsyncCallback<u32>,
    /// What lies over the frame.
    pub overlay: Signal<Option<Rc<Overlay>>, LocalStorage>,
    /// What the user has drawn on all frames of the image that is seen.
    pub annotations: Signal<Vec<Annotation>>,
    /// The annotations of an image are these now.
    pub on_annotations: UnsyncCallback<(u32, Vec<Annotation>)>,
}

impl OverlayKind {
    /// What it is, for assistive technology.
    pub fn words(self) -> &'static str {
        match self {
            Self::Heat => page::map::HEAT_MAP_SHOWN,
            Self::Outline => page::map::OUTLINE_SHOWN,
        }
    }
}
