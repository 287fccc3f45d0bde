"""Locations in TensorFlow 2 of the private names of TensorFlow 1.15.

For programs that import from `tensorflow.python`.
"""
__all__ = ["MOVED_NAMES"]

_PYTHON = "tensorflow.python."
# Looked up at each use, since other packages may replace parts of the API.
_API = "zhusuan._tf.versions:VERSION_1_API."

# Old module: {new module: names}, below tensorflow.python; `name=other` renames.
_PRIVATE = {
    "eager.context": {
        "eager.context": "VirtualDeviceConfiguration=LogicalDeviceConfiguration"},
    "eager.function": {
        "eager.polymorphic_function.polymorphic_function": "Function defun=function"},
    "eager.tape": {
        "eager.record": "could_possibly_record record_operation stop_recording"},
    "framework.common_shapes": {"framework.tensor_shape": "unknown_shape"},
    "framework.config": {
        "framework.config":
            "get_virtual_device_configuration=get_logical_device_configuration "
            "set_virtual_device_configuration=set_logical_device_configuration"},
    "framework.graph_util": {
        "framework.convert_to_constants": "convert_variables_to_constants"},
    "framework.graph_util_impl": {
        "framework.convert_to_constants": "convert_variables_to_constants"},
    "framework.ops": {
        "framework.indexed_slices":
            "IndexedSlices IndexedSlicesValue convert_n_to_tensor_or_indexed_slices "
            "convert_to_tensor_or_indexed_slices "
            "internal_convert_n_to_tensor_or_indexed_slices "
            "internal_convert_to_tensor_or_indexed_slices",
        "framework.stack": "default_session",
        "framework.tensor": "Tensor disable_tensor_equality enable_tensor_equality",
        "framework.tensor_conversion": "convert_to_tensor_v2",
        "framework.tensor_conversion_registry": "register_tensor_conversion_function"},
    "framework.tensor_util": {"ops.shape_util": "maybe_set_static_shape shape_tensor"},
    "keras.engine.network": {"keras.engine.functional": "Network=Functional"},
    "ops.array_ops": {"ops.array_ops_stack": "stack unstack"},
    "ops.control_flow_ops": {
        "ops.cond": "cond cond_for_tf_v2",
        "ops.cond_v2": "cond_v2",
        "ops.control_flow_assert": "Assert",
        "ops.control_flow_case": "case case_v2",
        "ops.control_flow_switch_case": "switch_case",
        "ops.while_loop": "while_loop while_loop_v2"},
    "ops.custom_gradient": {"ops.handle_data_util": "copy_handle_data"},
    "ops.gradients_util": {"eager.backprop_util": "IsTrainable"},
    "ops.math_ops": {
        "ops.bincount_ops": "bincount_v1",
        "ops.special_math_ops": "bessel_i0e bessel_i1e"},
    "ops.nn": {
        "ops.rnn": "bidirectional_dynamic_rnn dynamic_rnn raw_rnn static_rnn "
                   "static_state_saving_rnn"},
    "ops.nn_impl": {
        "ops.nn_impl_distribute": "compute_average_loss scale_regularization_loss"},
    "ops.parallel_for": {
        "ops.parallel_for.control_flow_ops": "for_loop pfor",
        "ops.parallel_for.gradients": "batch_jacobian jacobian"},
    "ops.random_ops": {"ops.random_crop_ops": "random_crop"},
    "ops.rnn_cell_wrapper_impl": {
        "keras.layers.legacy_rnn.rnn_cell_wrapper_impl":
            "DeviceWrapperBase DropoutWrapperBase ResidualWrapperBase"},
    "ops.standard_ops": {
        "ops.array_ops_stack": "stack unstack",
        "ops.cond": "cond",
        "ops.control_flow_assert": "Assert",
        "ops.control_flow_case": "case",
        "ops.random_crop_ops": "random_crop",
        "ops.while_loop": "while_loop"},
    "ops.variable_scope": {
        "ops.ref_variable": "default_variable_creator",
        "ops.resource_variable_ops": "default_variable_creator_v2",
        "ops.resource_variables_toggle":
            "disable_resource_variables enable_resource_variables "
            "resource_variables_enabled",
        "ops.variable_v1": "variable=VariableV1"},
    "ops.variables": {
        "ops.ref_variable": "RefVariable",
        "ops.variable_v1": "VariableV1 is_variable_initialized"},
    "pywrap_tensorflow": {"training.py_checkpoint_reader": "NewCheckpointReader"},
    "saved_model.utils_impl": {
        "saved_model.path_helpers":
            "get_assets_dir get_or_create_assets_dir get_or_create_variables_dir "
            "get_variables_dir get_variables_path"},
    "training.checkpoint_management": {
        "checkpoint.checkpoint_management":
            "CheckpointManager checkpoint_exists generate_checkpoint_state_proto "
            "get_checkpoint_mtimes get_checkpoint_state latest_checkpoint "
            "meta_graph_filename remove_checkpoint update_checkpoint_state"},
    "training.distribution_strategy_context": {
        "distribute.distribute_lib":
            "get_replica_context get_strategy has_strategy in_cross_replica_context"},
    "distribute.distribution_strategy_context": {
        "distribute.distribute_lib":
            "get_replica_context get_strategy has_strategy in_cross_replica_context"},
    "training.saving.functional_saver": {
        "checkpoint.functional_saver": "MultiDeviceSaver sharded_filename"},
    "training.tracking.base": {
        "checkpoint.restore": "CheckpointPosition",
        "trackable.base":
            "CheckpointInitialValue Trackable TrackableReference "
            "no_automatic_dependency_tracking no_automatic_dependency_tracking_scope"},
    "training.tracking.data_structures": {
        "trackable.data_structures":
            "List ListWrapper Mapping NoDependency TrackableDataStructure "
            "sticky_attribute_assignment"},
    "training.tracking.graph_view": {"checkpoint.graph_view": "ObjectGraphView"},
    "training.tracking.python_state": {"trackable.python_state": "PythonState"},
    "training.tracking.tracking": {
        "trackable.autotrackable": "AutoTrackable",
        "trackable.resource": "CapturableResource ResourceTracker TrackableResource "
                              "resource_tracker_scope"},
    "training.tracking.util": {
        "checkpoint.checkpoint":
            "Checkpoint CheckpointLoadStatus CheckpointV1 TrackableSaver "
            "capture_dependencies gather_initializers list_objects"},
    "util.nest": {"util.nest": "is_sequence=is_nested"},
}
# Old module: {place in the TensorFlow-1 API: names}.
_PUBLIC = {
    "keras.layers": {
        "keras.layers":
            "AlphaDropout BatchNormalization Bidirectional CuDNNGRU CuDNNLSTM GRU "
            "GRUCell GaussianDropout GaussianNoise LSTM LSTMCell LayerNormalization "
            "LocallyConnected1D LocallyConnected2D TimeDistributed Wrapper"},
    "keras.optimizers": {
        "keras.optimizers": "Adadelta Adagrad Adam Adamax Nadam RMSprop SGD"},
    "keras.utils": {
        "keras.utils":
            "CustomObjectScope OrderedEnqueuer Progbar Sequence custom_object_scope "
            "deserialize_keras_object get_custom_objects get_file get_source_inputs "
            "normalize plot_model serialize_keras_object to_categorical"},
    "layers.layers": {"layers": "BatchNormalization InputSpec batch_normalization"},
    "layers.normalization": {
        "layers": "BatchNorm=BatchNormalization BatchNormalization "
                  "batch_norm=batch_normalization batch_normalization"},
}
_KERAS = ["api._v1.keras", "api._v2.keras", "api.keras"]
_KERAS_PARTS = {"datasets": "boston_housing cifar10 cifar100 fashion_mnist imdb mnist "
                            "reuters",
                "preprocessing": "image sequence text",
                "applications": "densenet imagenet_utils inception_resnet_v2 "
                                "inception_v3 mobilenet mobilenet_v2 nasnet resnet "
                                "resnet_v2 vgg16 vgg19 xception"}
_KERAS_LAYERS = ["cudnn_recurrent", "local", "noise", "normalization", "recurrent_v2",
                 "wrappers"]


def _rows(table, prefix):
    for old, places in table.items():
        for new, names in places.items():
            for entry in names.split():
                name, _, other = entry.partition("=")
                yield _PYTHON + old, name, prefix.format(new) + (other or name)


def _keras_rows():
    for module in _KERAS:
        yield _PYTHON + "keras." + module, "*", _API + "keras"
    for module in _KERAS_LAYERS:
        yield _PYTHON + "keras.layers." + module, "*", _API + "keras.layers"
    for part, modules in _KERAS_PARTS.items():
        for path in [part] + [part + "." + name for name in modules.split()]:
            yield _PYTHON + "keras." + path, "*", _API + "keras." + path


#: Triples (old module, name, new place). A star means all names.
MOVED_NAMES = (list(_rows(_PRIVATE, _PYTHON + "{}:"))
               + list(_rows(_PUBLIC, _API + "{}.")) + list(_keras_rows()))
