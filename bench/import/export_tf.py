"""Writes Keras networks with random weights as tf2onnx exports them, and the answers of onnxruntime to four images.

Needs tensorflow-cpu, tf2onnx and onnxruntime, in an environment of their own. usage: python export_tf.py FOLDER [NAME...]
"""

import sys
from pathlib import Path

import numpy as np
import onnxruntime
import tensorflow as tf
import tf2onnx

CLASSES, SIDE = 5, 224
NAMES = ["MobileNetV2", "ResNet50", "DenseNet121", "MobileNetV3Small", "VGG16"]


def export(folder, name):
    tf.keras.utils.set_random_seed(7)
    more = {"include_preprocessing": False} if name.startswith("MobileNetV3") else {}
    model = getattr(tf.keras.applications, name)(weights=None, classes=CLASSES, input_shape=(SIDE, SIDE, 3), **more)
    random = np.random.default_rng(3)
    images = (random.normal(0, 1, (4, SIDE, SIDE, 3)) + np.sin(np.arange(SIDE) / 9)[:, None]).astype(np.float32)
    # Statistics as images give them.
    for layer in model.layers:
        if isinstance(layer, tf.keras.layers.BatchNormalization):
            layer.momentum = 0.0
    model(images, training=True)
    run = tf.function(lambda x: model(x, training=False), input_signature=[tf.TensorSpec((None, SIDE, SIDE, 3))])
    for opset in (13, 17):
        path = folder / f"keras_{name}.tf{opset}.onnx"
        tf2onnx.convert.from_function(run, input_signature=run.input_signature, opset=opset, output_path=str(path))
        import onnx

        loaded = onnx.load(path)
        made = {output: node for node in loaded.graph.node for output in node.output}
        last = made[loaded.graph.output[0].name]
        while last.op_type in ("Identity", "Softmax"):
            wanted = last.input[0]
            last = made[wanted]
        loaded.graph.output.append(onnx.ValueInfoProto(name=wanted))
        session = onnxruntime.InferenceSession(loaded.SerializeToString(), providers=["CPUExecutionProvider"])
        logits = session.run([wanted], {session.get_inputs()[0].name: images})[0]
        logits.astype(np.float32).tofile(path.with_suffix(".logits"))
        images.transpose(0, 3, 1, 2).tofile(folder / "images_tf.f32")
        print(path.stem, flush=True)


def main():
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    for name in sys.argv[2:] or NAMES:
        export(folder, name)


if __name__ == "__main__":
    main()
