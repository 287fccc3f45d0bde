"""Bayesian regression in the style of ZhuSuan 0.3, by HMC and by a fitted posterior."""

import numpy as np
import tensorflow as tf
import tensorflow.contrib.layers as layers
from tensorflow.contrib.framework.python.ops import add_arg_scope
from weights import report, set_weights, wave

import zhusuan as zs

hps = tf.contrib.training.HParams(n_chains=3, n_leapfrogs=5, step_size=0.01)
hps.parse("n_leapfrogs=4,step_size=1e-3")


@add_arg_scope
def linear(x, w, scale=1.):
    return scale * tf.reduce_sum(x * tf.expand_dims(w, 1), -1)


@zs.reuse("model")
def regression(observed, x, n_chains):
    with zs.BayesianNet(observed) as model:
        w = zs.Normal("w", tf.zeros([x.shape[1].value]), std=2., n_samples=n_chains,
                      group_ndims=1)
        noise = zs.Gamma("noise", 2., 1., n_samples=n_chains)
        with tf.contrib.framework.arg_scope([linear], scale=0.5):
            mean = linear(x, w) + layers.fully_connected(x, 1, activation_fn=None)[:, 0]
        zs.Normal("y", mean, std=tf.expand_dims(noise, 1), group_ndims=1)
    return model


x = tf.constant(wave(7, 2))
y = tf.placeholder(tf.float32, [None, 7])
y_value = np.tile(wave(8)[None, 1:], [hps.n_chains, 1])


def log_joint(observed):
    model = regression(dict(observed, noise=tf.exp(observed["log_noise"])), x,
                       hps.n_chains)
    # The density of the logarithm.
    return (tf.add_n(list(model.local_log_prob(["w", "noise", "y"])))
            + observed["log_noise"])


w = tf.Variable(wave(hps.n_chains, 2), trainable=False, name="w")
log_noise = tf.Variable(wave(hps.n_chains), trainable=False, name="log_noise")
adapt = tf.placeholder(tf.bool, [])
hmc = zs.HMC(step_size=hps.step_size, n_leapfrogs=hps.n_leapfrogs,
             adapt_step_size=adapt, adapt_mass=adapt, target_acceptance_rate=0.8)
sample_op, info = hmc.sample(
    log_joint, observed={"y": y}, latent={"w": w, "log_noise": log_noise})
target = log_joint({"w": w, "log_noise": log_noise, "y": y})
gradients = tf.gradients(target, [w, log_noise])

with tf.Session() as sess:
    set_weights(sess)
    feed = {y: y_value, adapt: False}
    values, grads = sess.run([target, gradients], feed_dict=feed)
    for chain in range(hps.n_chains):
        report("hmc log joint {}".format(chain), values[chain])
        report("hmc gradient {}".format(chain), grads[0][chain].sum())
    _, before, rate = sess.run(
        [sample_op, info.orig_log_prob, info.acceptance_rate], feed_dict=feed)
    report("hmc first log joint", before[0])
    report("hmc accepts small steps", rate.min() > 0.9)
    for _ in range(10):
        _, samples = sess.run([sample_op, info.samples], {y: y_value, adapt: True})
    report("hmc moved", np.abs(samples["w"] - wave(hps.n_chains, 2)).min() > 0.)
