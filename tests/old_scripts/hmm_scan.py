"""Posterior of a hidden Markov model whose log likelihood is a loop.

usage: hmm_scan.py [--chains N] [--steps N] [--seed N]

The states are summed out by the forward algorithm: by tf.scan for the first
sequence, by tf.while_loop (with tf.cond for the missing values) for the second one.
The moments are compared with those of a grid.
"""
from __future__ import print_function, division

import getopt
import os
import sys
import time

import numpy as np
import tensorflow as tf
import zhusuan as zs
# from tqdm import trange
# import seaborn as sns
from six.moves import range
from weights import report

N_CHAINS, N_STEPS, SEED = 100, 300, 1
opts, _ = getopt.getopt(sys.argv[1:], '', ['chains=', 'steps=', 'seed='])
for o, a in opts:
    if o == '--chains':
        N_CHAINS = int(a)
    elif o == '--steps':
        N_STEPS = int(a)
    elif o == '--seed':
        SEED = int(a)

LOW = -1.            # the mean of the first state; of the second one it is `mu`
MISSING = -99.
NAMES = ['mu', 'stay']


def simulate(n, seed):
    rng = np.random.RandomState(seed)
    states = [0]
    for _ in range(n - 1):
        states.append(states[-1] if rng.uniform() < 0.8 else 1 - states[-1])
    return (np.array([LOW, 2.])[states] + rng.normal(size=n)).astype(np.float32)


data = simulate(16, 3)
gaps = simulate(8, 4)
gaps[[2, 5]] = MISSING


# ------------------------------------------------------------------ by NumPy
def forward_np(mu, stay, sequence):
    log_stay, log_move = -np.log1p(np.exp(-stay)), -np.log1p(np.exp(stay))
    alpha = [np.full(mu.shape, np.log(0.5))] * 2
    for y in sequence:
        if y != MISSING:
            alpha = [a - 0.5 * (y - m) ** 2 - 0.5 * np.log(2 * np.pi)
                     for a, m in zip(alpha, [LOW, mu])]
        alpha = [np.logaddexp(alpha[0] + log_stay, alpha[1] + log_move),
                 np.logaddexp(alpha[0] + log_move, alpha[1] + log_stay)]
    return np.logaddexp(*alpha)


def log_joint_np(mu, stay):
    prior = -0.5 * (mu / 2.) ** 2 - np.log(2.) - 0.5 * (stay - 1.) ** 2 - np.log(2 * np.pi)
    return prior + forward_np(mu, stay, data) + forward_np(mu, stay, gaps)


def exact_moments():
    mu, stay = np.meshgrid(np.linspace(-8, 8, 400), np.linspace(-4, 6, 250),
                           indexing='ij')
    log_p = log_joint_np(mu, stay)
    w = np.exp(log_p - log_p.max())
    w /= w.sum()
    moments = {}
    for name, value in [('mu', mu), ('stay', stay)]:
        mean = (w * value).sum()
        moments[name] = mean, np.sqrt((w * (value - mean) ** 2).sum())
    return moments


# ------------------------------------------------------------- by TensorFlow
def transition(alpha, stay):
    log_stay, log_move = -tf.nn.softplus(-stay), -tf.nn.softplus(stay)
    return tf.stack([
        tf.reduce_logsumexp(alpha + tf.stack([log_stay, log_move], -1), -1),
        tf.reduce_logsumexp(alpha + tf.stack([log_move, log_stay], -1), -1)], -1)


def emission(mu, y):
    means = tf.stack([tf.ones_like(mu) * LOW, mu], -1)
    return zs.distributions.Normal(means, std=1.).log_prob(y)


@zs.meta_bayesian_net(scope='hmm')
def build_hmm(n_chains):
    bn = zs.BayesianNet()
    bn.normal('mu', tf.zeros([n_chains]), std=2.)
    bn.normal('stay', tf.ones([n_chains]), std=1.)
    return bn


def by_scan(mu, stay, sequence):
    start = tf.fill([N_CHAINS, 2], np.float32(np.log(0.5)))
    alphas = tf.scan(lambda alpha, y: transition(alpha + emission(mu, y), stay),
                     sequence, initializer=start)
    return tf.reduce_logsumexp(alphas[-1], -1)


def by_while(mu, stay, sequence):
    n = tf.shape(sequence)[0]

    def body(t, alpha):
        y = sequence[t]
        alpha = tf.cond(tf.equal(y, MISSING), lambda: tf.identity(alpha),
                        lambda: alpha + emission(mu, y))
        return t + 1, transition(alpha, stay)

    start = tf.fill([N_CHAINS, 2], np.float32(np.log(0.5)))
    _, alpha = tf.while_loop(lambda t, _: t < n, body, [tf.constant(0), start])
    return tf.reduce_logsumexp(alpha, -1)


y1 = tf.placeholder(tf.float32, [None], name='y1')
y2 = tf.placeholder(tf.float32, [None], name='y2')
FEED = {y1: data, y2: gaps}


def log_joint(bn):
    prior = tf.add_n(bn.cond_log_prob(NAMES))
    mu, stay = bn['mu'], bn['stay']
    mu, stay = tf.convert_to_tensor(mu), tf.convert_to_tensor(stay)
    # likelihood = by_scan(mu, stay, y1) + by_scan(mu, stay, y2)
    return prior + by_scan(mu, stay, y1) + by_while(mu, stay, y2)


model = build_hmm(N_CHAINS)
model.log_joint = log_joint
tf.set_random_seed(SEED)
np.random.seed(SEED)
first = {'mu': np.linspace(0.5, 2.5, N_CHAINS).astype(np.float32),
         'stay': np.linspace(2., -0.5, N_CHAINS).astype(np.float32)}


def new_chains(scope):
    with tf.variable_scope(scope):
        return {name: tf.get_variable(name, initializer=first[name], trainable=False)
                for name in NAMES}


def collect(sess, op, latent, n_burnin, n_samples, feed_burnin, feed):
    samples = dict((name, []) for name in NAMES)
    t = time.time()
    for i in range(n_burnin + n_samples):
        sess.run(op, feed_dict=feed_burnin if i < n_burnin else feed)
        if i >= n_burnin:
            for name, value in sess.run(latent).items():
                samples[name].append(value)
    print('  {} iterations took {:.1f}s'.format(i + 1, time.time() - t))
    return dict((name, np.array(v)) for name, v in samples.items())


def compare(title, samples, moments):
    """Within a quarter of a standard deviation: more than five standard errors of the
    mean, as each of the 100 chains holds five or more independent draws."""
    for name in NAMES:
        mean, std = moments[name]
        got = samples[name].mean(), samples[name].std()
        print('  {} {}: mean {:.3f} ({:.3f}), std {:.3f} ({:.3f})'.format(
            title, name, got[0], mean, got[1], std))
        report('hmm {} mean {} ok'.format(title, name),
               abs(got[0] - mean) < 0.25 * std)
        report('hmm {} std {} ok'.format(title, name),
               0.75 * std < got[1] < 1.25 * std)


adapt = tf.placeholder(tf.bool, shape=[], name='adapt')
chains = {'sgld': new_chains('sgld'), 'hmc': new_chains('hmc'), 'nuts': new_chains('nuts')}
sgld = zs.SGLD(learning_rate=0.05)
sgld_op, sgld_info = sgld.sample(model, observed={}, latent=chains['sgld'])
hmc = zs.HMC(step_size=0.2, n_leapfrogs=4, adapt_step_size=adapt,
             target_acceptance_rate=0.8)
hmc_op, hmc_info = hmc.sample(model, observed={}, latent=chains['hmc'])
nuts = zs.NUTS(step_size=0.2, max_depth=4, n_warmup=N_STEPS // 10)
nuts_op, nuts_info = nuts.sample(model, observed={}, latent=chains['nuts'])

# at fixed points
fixed = {'mu': tf.constant(first['mu']), 'stay': tf.constant(first['stay'])}
target = model.observe(**fixed)
target = log_joint(target)
gradients = tf.gradients(target, [fixed[name] for name in NAMES])

with tf.Session() as sess:
    sess.run(tf.global_variables_initializer())
    values, grads = sess.run([target, gradients], feed_dict=FEED)
    exact = log_joint_np(*[first[name].astype(np.float64) for name in NAMES])
    report('hmm log joint is that of NumPy', np.abs(values - exact).max() < 1e-4)
    for k in range(0, N_CHAINS, 40):
        report('hmm log joint {}'.format(k), values[k])
        for name, g in zip(NAMES, grads):
            report('hmm gradient {} {}'.format(name, k), g[k])
    burnin, sampling = dict(FEED), dict(FEED)
    burnin[adapt], sampling[adapt] = True, False
    _, before, rate = sess.run([hmc_op, hmc_info.orig_log_prob,
                                hmc_info.acceptance_rate], feed_dict=sampling)
    report('hmm hmc first log joint', before[0])
    print('  acceptance rate {:.4f}'.format(rate.mean()))
    report('hmm hmc first acceptance', rate.mean() > 0.97)

    moments = exact_moments()
    for name in NAMES:
        report('hmm exact mean ' + name, moments[name][0])
    compare('sgld', collect(sess, sgld_op, chains['sgld'], N_STEPS // 3, N_STEPS,
                            burnin, sampling), moments)
    compare('hmc', collect(sess, hmc_op, chains['hmc'], N_STEPS // 10, N_STEPS // 10,
                           burnin, sampling), moments)
    compare('nuts', collect(sess, nuts_op, chains['nuts'], N_STEPS // 10, N_STEPS // 10,
                            burnin, sampling), moments)
    _, steps = sess.run([nuts_op, nuts_info.n_leapfrogs], feed_dict=sampling)
    report('hmm nuts short trajectories', steps.mean() < 12)

# plt.hist(samples['mu'].ravel(), bins=50); plt.show()
