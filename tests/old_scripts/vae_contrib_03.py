"""A VAE in the style of ZhuSuan 0.3, with layers of tf.contrib."""

import tensorflow as tf
from tensorflow.contrib import layers
from tensorflow.contrib.framework import arg_scope
from weights import report, set_weights, wave

import zhusuan as zs

is_training = tf.placeholder(tf.bool, shape=[], name="is_training")
NORMALIZED = {"is_training": is_training, "updates_collections": None, "scale": True}


@zs.reuse("model")
def vae(observed, n, x_dim, z_dim, n_particles):
    with zs.BayesianNet(observed=observed) as model:
        z_mean = tf.zeros([n, z_dim])
        z = zs.Normal("z", z_mean, std=1., n_samples=n_particles, group_ndims=1)
        h = layers.fully_connected(z, 10)
        h = layers.layer_norm(h)
        x_logits = layers.fully_connected(h, x_dim, activation_fn=None)
        zs.Bernoulli("x", x_logits, group_ndims=1)
    return model


def q_net(x, z_dim, n_particles):
    with zs.BayesianNet() as variational:
        with arg_scope([layers.conv2d, layers.fully_connected],
                       normalizer_fn=layers.batch_norm, normalizer_params=NORMALIZED,
                       weights_regularizer=layers.l2_regularizer(0.1)):
            h = tf.reshape(tf.to_float(x), [-1, 6, 6, 1])
            h = layers.conv2d(h, 4, kernel_size=3, stride=2)
            h = layers.conv2d_transpose(h, 2, kernel_size=3, stride=2, padding="VALID")
            h = layers.fully_connected(layers.flatten(h), 8)
        z_mean = layers.fully_connected(h, z_dim, activation_fn=None)
        z_logstd = layers.fully_connected(
            h, z_dim, activation_fn=None,
            weights_initializer=layers.xavier_initializer(uniform=False))
        zs.Normal("z", z_mean, logstd=z_logstd, n_samples=n_particles, group_ndims=1)
    return variational


x_dim, z_dim, n_particles = 36, 3, 2
x = tf.placeholder(tf.int32, shape=[None, x_dim], name="x")
n = tf.shape(x)[0]


def log_joint(observed):
    model = vae(observed, n, x_dim, z_dim, n_particles)
    log_pz, log_px_z = model.local_log_prob(["z", "x"])
    return log_pz + log_px_z


variational = q_net(x, z_dim, n_particles)
qz_samples, log_qz = variational.query("z", outputs=True, local_log_prob=True)
lower_bound = zs.variational.elbo(
    log_joint, observed={"x": x}, latent={"z": [qz_samples, log_qz]}, axis=0)
cost = tf.reduce_mean(lower_bound.sgvb()) + tf.losses.get_regularization_loss()
optimizer = tf.train.AdamOptimizer(0.01)
infer_op = optimizer.minimize(cost)
# With the samples below, what would come through their noise is left out.
grads = tf.gradients(cost, tf.trainable_variables(), stop_gradients=[qz_samples])
norm = tf.add_n([tf.reduce_sum(tf.square(g)) for g in grads if g is not None])

x_batch = (wave(5, x_dim) > 0).astype("int32")
with tf.Session() as sess:
    set_weights(sess)
    feed = {x: x_batch, qz_samples: wave(n_particles, 5, z_dim)}
    for training in True, False:  # the second uses the averages of the first
        feed[is_training] = training
        values = sess.run([cost, norm, tf.reduce_mean(lower_bound)], feed_dict=feed)
        for name, value in zip(["cost", "gradient", "bound"], values):
            report("vae {} {}".format(name, training), value)
    report("vae trained names", len(tf.trainable_variables()))
    sess.run(infer_op, feed_dict=feed)
