"""Freeze a trained model into a graph file."""
import argparse

import tensorflow as tf
from keras import backend as K
from keras.backend.tensorflow_backend import set_session
from keras.models import load_model

config = tf.ConfigProto()
config.gpu_options.allow_growth = True
set_session(tf.Session(config=config))


def freeze(session, outputs):
    graph = session.graph
    with graph.as_default():
        return tf.graph_util.convert_variables_to_constants(
            session, graph.as_graph_def(), outputs)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument('model')
    arguments = parser.parse_args()
    K.clear_session()
    K.set_learning_phase(0)
    model = load_model(arguments.model)
    frozen = freeze(K.get_session(), [out.op.name for out in model.outputs])
    tf.train.write_graph(frozen, '.', 'model.pb', as_text=False)


if __name__ == '__main__':
    main()
