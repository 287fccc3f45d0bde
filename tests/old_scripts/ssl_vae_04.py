"""A semi-supervised VAE (model M2) in the style of ZhuSuan 0.4."""

import tensorflow as tf
from weights import report, set_weights, wave

import zhusuan as zs

tf.flags.DEFINE_integer("n_y", 4, "number of classes")
tf.flags.DEFINE_float("beta", 10., "weight of the classifier")
FLAGS = tf.flags.FLAGS
x_dim, z_dim = 12, 3


@zs.meta_bayesian_net(scope="gen", reuse_variables=True)
def build_gen(n, n_particles):
    bn = zs.BayesianNet()
    z = bn.normal("z", tf.zeros([n, z_dim]), std=1., n_samples=n_particles,
                  group_ndims=1)
    y = bn.onehot_categorical("y", tf.zeros([n, FLAGS.n_y]), dtype=tf.float32)
    y = tf.tile(tf.expand_dims(y, 0), [n_particles, 1, 1])
    h = tf.layers.dense(tf.concat([z, y], 2), 10, activation=tf.nn.relu)
    bn.bernoulli("x", tf.layers.dense(h, x_dim), group_ndims=1, dtype=tf.float32)
    return bn


@zs.reuse_variables(scope="qz_xy")
def qz_xy(x, y, n_particles):
    bn = zs.BayesianNet()
    h = tf.layers.dense(tf.concat([x, y], 1), 10, activation=tf.nn.relu)
    bn.normal("z", tf.layers.dense(h, z_dim), logstd=tf.layers.dense(h, z_dim),
              n_samples=n_particles, group_ndims=1)
    return bn


@zs.reuse_variables("qy_x")
def qy_x(x):
    return tf.layers.dense(tf.layers.dense(x, 10, activation=tf.nn.relu), FLAGS.n_y)


n, n_particles = 6, 2
x_labeled = tf.placeholder(tf.float32, [None, x_dim])
y_labeled = tf.placeholder(tf.float32, [None, FLAGS.n_y])
x_unlabeled = tf.placeholder(tf.float32, [None, x_dim])


def bound(x, y, size):
    model, variational = build_gen(size, n_particles), qz_xy(x, y, n_particles)
    return variational["z"].tensor, zs.variational.elbo(
        model, {"x": x, "y": y}, variational=variational, axis=0)


z_labeled, labeled = bound(x_labeled, y_labeled, n)

y_diag = tf.diag(tf.ones([FLAGS.n_y]))
y_u = tf.reshape(tf.tile(tf.expand_dims(y_diag, 0), [n, 1, 1]), [-1, FLAGS.n_y])
x_u = tf.reshape(tf.tile(tf.expand_dims(x_unlabeled, 1), [1, FLAGS.n_y, 1]),
                 [-1, x_dim])
z_unlabeled, unlabeled = bound(x_u, y_u, n * FLAGS.n_y)
unlabeled = tf.reshape(unlabeled.tensor, [-1, FLAGS.n_y])
qy = tf.nn.softmax(qy_x(x_unlabeled)) + 1e-8
qy /= tf.reduce_sum(qy, 1, keep_dims=True)
unlabeled = tf.reduce_sum(qy * (unlabeled - tf.log(qy)), 1)

classifier = tf.reduce_mean(zs.distributions.OnehotCategorical(
    qy_x(x_labeled), dtype=tf.float32).log_prob(y_labeled))
cost = -(tf.reduce_mean(labeled) + tf.reduce_mean(unlabeled)
         + FLAGS.beta * classifier)
# With the samples below, what would come through their noise is left out.
grads = tf.tuple(tf.gradients(  # all before the first variable changes
    cost, tf.trainable_variables(), stop_gradients=[z_labeled, z_unlabeled]))
infer_op = tf.train.GradientDescentOptimizer(0.01).apply_gradients(
    zip(grads, tf.trainable_variables()))

with tf.Session() as sess:
    set_weights(sess)
    x_batch = (wave(2 * n, x_dim) > 0).astype("float32")
    feed = {x_labeled: x_batch[:n], x_unlabeled: x_batch[n:],
            y_labeled: sess.run(tf.one_hot([0, 1, 2, 3, 0, 1], FLAGS.n_y)),
            z_labeled: wave(n_particles, n, z_dim),
            z_unlabeled: wave(n_particles, n * FLAGS.n_y, z_dim)}
    for step in range(3):
        report("ssl cost {}".format(step), sess.run(cost, feed_dict=feed))
        report("ssl gradient {}".format(step), sess.run(
            tf.add_n([tf.reduce_sum(tf.square(g)) for g in grads]), feed_dict=feed))
        sess.run(infer_op, feed_dict=feed)
