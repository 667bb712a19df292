import tensorflow as tf

IS_TF2 = tf.__version__.startswith('2.')


def reset(seed):
    if IS_TF2:
        tf.random.set_seed(seed)
        tf.keras.backend.clear_session()
    else:
        tf.set_random_seed(seed)
        tf.keras.backend.set_session(tf.Session())


def phase():
    if hasattr(tf.keras.backend, 'learning_phase'):
        return tf.keras.backend.learning_phase()
    return 0


def session():
    try:
        return tf.keras.backend.get_session()
    except AttributeError:
        return tf.compat.v1.keras.backend.get_session()
