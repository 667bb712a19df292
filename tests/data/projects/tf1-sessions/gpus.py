import keras
import keras.backend.tensorflow_backend as KTF


def available():
    gpus = keras.backend.tensorflow_backend._get_available_gpus()
    return len(gpus)


def limit(fraction):
    options = KTF.tf.GPUOptions(per_process_gpu_memory_fraction=fraction)
    KTF.set_session(KTF.tf.Session(config=KTF.tf.ConfigProto(gpu_options=options)))


def focal_loss(gamma=2.):
    from keras import backend as K

    def loss(y_true, y_pred):
        pt = K.tf.where(K.tf.equal(y_true, 1), y_pred, K.tf.ones_like(y_pred))
        return -K.sum(K.pow(1. - pt, gamma) * K.log(K.clip(pt, K.epsilon(), 1.)))
    return loss
