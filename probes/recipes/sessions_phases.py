"""Call recipes: TensorFlow sessions and graphs, Keras's learning phase.

Runs inside a cell: probes/run.py imports this module and calls each recipe with a context `c`
(recipes/__init__.py says what it offers) once for every import path that has the attribute.
Floor: Python 2.7 and NumPy 1.11; no f-strings, no keyword-only arguments, no annotations.

Recipes that leave something behind which no call takes back (`set_session`, `clear_session`,
`set_learning_phase` ...) get a process of their own.
"""

import os

import numpy as np

from recipes import recipe, untestable
from recipes.references import sample

A, B = sample(2, 3), sample(2, 3) * 10 + 5


def tf1():
    "TensorFlow's version 1 interface, wherever this release keeps it."
    import tensorflow as tf
    return getattr(getattr(tf, "compat", None), "v1", tf)


def phase_is(c, expected):
    "Whether in_train_phase, or failing that learning_phase(), follows the phase."
    phase = c.K.learning_phase()
    return not hasattr(phase, "graph") and int(phase) == expected


@recipe("get_session")
def get_session(c):
    "get_session(): the tf.Session in which Keras computes; it runs operations of the default graph."
    session = c.f()
    c.equal(session.run(c.tensor(A) * 2), A * 2)
    c.true(c.f() is session, "the same session every time")


@recipe("set_session", alone=True)
def set_session(c):
    "set_session(session): Keras computes in this session from now on."
    session = c.hold(tf1().Session())
    c.f(session)
    get = getattr(c.K, "get_session", None) or c.tools.helper("get_session")
    c.true(get() is session, "get_session() returns the session that was set")


@recipe("clear_session", alone=True)
def clear_session(c):
    "clear_session(): forgets graph, names and state; automatic names count from the start again."
    name = "cleared" if not hasattr(c.K, "get_uid") else None
    before = None if name else c.K.get_uid("cleared")
    old = c.graph()
    c.f()
    if before is not None:
        c.true(c.K.get_uid("cleared") == before, "get_uid counts from the start again")
    if old is not None and not c.eager:
        c.true(c.graph() is not old, "there is a new default graph")
    x = c.variable(A)
    c.equal(c.eval(x), A)


@recipe("manual_variable_initialization", alone=True)
def manual_variable_initialization(c):
    "manual_variable_initialization(True): variables stay uninitialised until the user does it."
    c.f(True)
    x = c.hold(c.K.variable(A))
    if c.eager:
        c.equal(c.eval(x), A)  # there is nothing to initialise
        return
    session = c.tools.session()
    c.raises(tf1().errors.FailedPreconditionError, lambda: session.run(x))
    session.run(x.initializer)
    c.equal(session.run(x), A)


@recipe("v1_variable_initialization")
def v1_variable_initialization(c):
    "v1_variable_initialization(): initialises what is not initialised yet (Keras 2.3 on TensorFlow 1)."
    x = c.hold(tf1().Variable(A))
    c.f()
    c.equal(c.K.get_session().run(x), A)


@recipe("get_graph")
def get_graph(c):
    "get_graph(): the graph in which Keras builds; the default graph outside of eager execution."
    graph = c.f()
    c.true(isinstance(graph, tf1().Graph), "a tf.Graph")
    c.true(c.f() is graph, "the same graph every time")
    if not c.eager:
        c.true(graph is tf1().get_default_graph(), "the default graph")


@recipe("symbolic")
def symbolic(c):
    "@symbolic: the decorated function builds in Keras's graph, even where eager execution is the default."
    @c.f
    def executing():
        return bool(getattr(tf1(), "executing_eagerly", bool)())
    c.true(executing() is False, "no eager execution inside")


@recipe("eager")
def eager(c):
    "@eager: the decorated function leaves Keras's graph (TensorFlow 2; changes nothing on TensorFlow 1)."
    @c.f
    def double(x):
        return c.tensor(x) * 2
    c.equal(double(A), A * 2)


@recipe("learning_phase")
def learning_phase(c):
    "learning_phase(): 0 (test) or 1 (train), or a symbolic input that stands for it."
    phase = c.f()
    if c.backend == "theano" or hasattr(phase, "graph"):
        choose = c.K.function([phase], [c.K.in_train_phase(c.tensor(A), c.tensor(B))])
        c.equal(choose([1])[0], A)
        c.equal(choose([0])[0], B)
    else:
        c.true(int(phase) == 0, "test is the phase when nothing was set")


@recipe("symbolic_learning_phase")
def symbolic_learning_phase(c):
    "symbolic_learning_phase(): the learning phase as a boolean placeholder, 0 when not fed."
    phase = c.f()
    c.true(hasattr(phase, "graph"), "a symbolic tensor")
    c.true(phase.dtype.name in ("bool", "int32", "uint8"), "of a boolean or integer dtype")
    c.true(c.f() is phase, "one for each graph")


@recipe("set_learning_phase", alone=True)
def set_learning_phase(c):
    "set_learning_phase(value): 1 for training, 0 for testing; any other value is refused."
    x, alt = c.tensor(A), c.tensor(B)
    c.f(1)
    c.equal(c.K.in_train_phase(x, alt), A)
    c.f(0)
    c.equal(c.K.in_train_phase(x, alt), B)
    c.raises(ValueError, lambda: c.f(2))


@recipe("deprecated_internal_set_learning_phase", alone=True)
def deprecated_internal_set_learning_phase(c):
    "deprecated_internal_set_learning_phase(value): set_learning_phase without its warning."
    c.f(1)
    c.true(phase_is(c, 1), "the phase is 1")
    c.f(0)
    c.true(phase_is(c, 0), "the phase is 0")
    c.raises(ValueError, lambda: c.f(2))


@recipe("learning_phase_scope", "deprecated_internal_learning_phase_scope", alone=True)
def learning_phase_scope(c):
    "with learning_phase_scope(value): the phase has this value inside, and what it had before after that."
    before = c.K.learning_phase()
    with c.f(1):
        c.true(phase_is(c, 1), "the phase is 1 inside")
        with c.f(0):
            c.true(phase_is(c, 0), "the phase is 0 in the inner scope")
    after = c.K.learning_phase()
    c.true(after is before or (not hasattr(before, "graph") and int(after) == int(before)),
           "the phase is restored")


@recipe("set_eager_learning_phase", alone=True)
def set_eager_learning_phase(c):
    "set_eager_learning_phase(value): set_learning_phase, for eager execution only."
    if not c.eager:
        c.skip("its documentation says: in eager execution only")
    c.f(1)
    c.true(phase_is(c, 1), "the phase is 1")
    c.f(0)
    c.true(phase_is(c, 0), "the phase is 0")


@recipe("in_multi_worker_mode")
def in_multi_worker_mode(c):
    "in_multi_worker_mode(): whether the variable TF_CONFIG describes a cluster of workers."
    c.true(not c.f(), "false without TF_CONFIG")
    os.environ["TF_CONFIG"] = '{"cluster": {"worker": ["localhost:1"]}}'
    try:
        c.true(c.f(), "true with a worker in TF_CONFIG")
    finally:
        del os.environ["TF_CONFIG"]


@recipe("eager_learning_phase_scope", alone=True)
def eager_learning_phase_scope(c):
    "with eager_learning_phase_scope(value): as learning_phase_scope, for eager execution only, and not nested."
    if not c.eager:
        c.skip("its documentation says: in eager execution only")
    with c.f(1):
        c.true(phase_is(c, 1), "the phase is 1 inside")
    c.true(phase_is(c, 0), "the phase is restored")


@recipe("global_learning_phase_is_set", alone=True)
def global_learning_phase_is_set(c):
    "global_learning_phase_is_set(): whether set_learning_phase was called in eager execution."
    c.true(c.f() is False, "nothing set it")
    set_phase = getattr(c.K, "deprecated_internal_set_learning_phase", None) or c.K.set_learning_phase
    set_phase(1)
    c.true(c.f() is c.eager, "set from now on, if execution is eager")


@recipe("get_default_session_config")
def get_default_session_config(c):
    "get_default_session_config(): a ConfigProto that lets TensorFlow choose another device."
    config = c.f()
    c.true(isinstance(config, tf1().ConfigProto), "a ConfigProto")
    c.true(config.allow_soft_placement, "with soft placement")


@recipe("configure_and_create_distributed_session", alone=True)
def configure_and_create_distributed_session(c):
    "configure_and_create_distributed_session(strategy): makes and sets a session for a strategy."
    import tensorflow as tf
    strategy = tf.distribute.get_strategy()
    c.f(strategy)
    c.equal(c.K.get_session().run(c.tensor(A) * 2), A * 2)


@recipe("is_tpu_strategy")
def is_tpu_strategy(c):
    "is_tpu_strategy(strategy): true for a TPUStrategy only."
    import tensorflow as tf
    c.true(not c.f(tf.distribute.get_strategy()), "the default strategy is none")
    c.true(c.f(type("TPUStrategy", (object,), {})()), "told by the name of the class")


@recipe("device_scope", "device")
def device_scope(c):
    "with device_scope('cpu:0'): tensors are made on that device."
    with c.f("cpu:0"):
        x = c.tensor(A)
    c.equal(x, A)


def random_generator(c):
    "The question and the two switches of Keras's source of random numbers, by Keras 2.7's names or today's."
    names = ("is_tf_random_generator_enabled", "enable_tf_random_generator", "disable_tf_random_generator")
    if not hasattr(c.K, names[0]):
        names = ("use_generator_for_rng", "enabled_generator_for_rng", "disable_generator_for_rng")
    return [getattr(c.K, name) for name in names]


@recipe("is_tf_random_generator_enabled", "use_generator_for_rng")
def is_tf_random_generator_enabled(c):
    "is_tf_random_generator_enabled(): whether Keras draws from tf.random.Generator (2.7: use_generator_for_rng)."
    c.true(c.f() in (True, False), "a boolean")
    enabled = c.f()
    _, enable, disable = random_generator(c)
    enable()
    c.true(c.f() is True, "true once enabled")
    if not enabled:
        disable()


@recipe("enable_tf_random_generator", "disable_tf_random_generator",
        "enabled_generator_for_rng", "disable_generator_for_rng")
def switch_tf_random_generator(c):
    "enable_tf_random_generator(), disable_tf_random_generator(): Keras's source (2.7: enabled_generator_for_rng)."
    asked, enable, disable = random_generator(c)
    before, wanted = asked(), c.name.startswith("enable")
    c.f()
    c.true(asked() is wanted, "the switch is turned")
    (enable if before else disable)()


@recipe("track_variable")
def track_variable(c):
    "track_variable(v): get_session() initialises v too (graph mode; does nothing in eager execution)."
    x = c.hold(tf1().Variable(A))
    c.f(x)
    if c.eager:
        c.equal(x.numpy(), A)
    else:
        c.equal(c.K.get_session().run(x), A)


untestable("track_tf_optimizer", "notes an optimizer for the next get_session(); nothing to observe without a model")
