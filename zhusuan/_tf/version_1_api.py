"""The names of the TensorFlow-1 API that `zhusuan.tf1` is written with.

These are the functions and classes that `tensorflow.compat.v2` lacks, or has with
other arguments or results. `zhusuan.tf1` takes everything else from there.
"""
import operator

from zhusuan._tf.versions import VERSION_1_API as _API

GraphKeys = _API.GraphKeys
Reduction = _API.losses.Reduction
Saver = _API.train.Saver
Variable = _API.Variable
add_to_collection = _API.add_to_collection
assert_global_step = _API.train.assert_global_step
assign_sub = _API.assign_sub
avg_pool = _API.nn.avg_pool
cond = _API.cond
constant_initializer = _API.constant_initializer
conv2d_transpose = _API.nn.conv2d_transpose
conv3d_transpose = _API.nn.conv3d_transpose
convolution = _API.nn.convolution
device = _API.device
dropout = _API.nn.dropout
fixed_size_partitioner = _API.fixed_size_partitioner
fused_batch_norm = _API.nn.fused_batch_norm
get_collection = _API.get_collection
get_collection_ref = _API.get_collection_ref
get_global_step = _API.train.get_global_step
get_seed = _API.get_seed
get_variable = _API.get_variable
get_variable_scope = _API.get_variable_scope
glorot_normal_initializer = _API.glorot_normal_initializer
glorot_uniform_initializer = _API.glorot_uniform_initializer
he_normal_initializer = _API.initializers.he_normal
he_uniform_initializer = _API.initializers.he_uniform
hinge_loss = _API.losses.hinge_loss
identity_initializer = _API.initializers.identity
lecun_normal_initializer = _API.initializers.lecun_normal
lecun_uniform_initializer = _API.initializers.lecun_uniform
max_pool = _API.nn.max_pool
moments = _API.nn.moments
name_scope = _API.name_scope
ones_initializer = _API.ones_initializer
orthogonal_initializer = _API.orthogonal_initializer
random_normal_initializer = _API.random_normal_initializer
random_uniform_initializer = _API.random_uniform_initializer
separable_conv2d = _API.nn.separable_conv2d
truncated_normal_initializer = _API.truncated_normal_initializer
variable_scope = _API.variable_scope
variance_scaling_initializer = _API.variance_scaling_initializer
warn = _API.logging.warning
zeros_initializer = _API.zeros_initializer


def find_in_version_1_api(path):
    """The object at a path such as "nn.rnn_cell" in the TensorFlow-1 API.

    It is looked up at each call, since other packages may replace `tf.nn.rnn_cell`
    and `tf.keras`.
    """
    return operator.attrgetter(path)(_API)
