"""Names of `tf.contrib` that the TensorFlow-1 API also has at another path.

:data:`ALIASES` maps a part to its names and their paths in the TensorFlow-1 API.
"""
__all__ = ["ALIASES"]

# Part: {place in the TensorFlow-1 API: names there}. `name=other` renames.
_PLACES = {
    "autograph": {"autograph.experimental": "do_not_convert set_loop_options"},
    "checkpoint": {"train": "CheckpointManager"},
    "data": {
        "data.experimental":
            "AUTOTUNE Counter CsvDataset Optional RandomDataset "
            "bucket_by_sequence_length choose_from_datasets copy_to_device "
            "dense_to_sparse_batch enumerate_dataset get_next_as_optional "
            "get_single_element group_by_window ignore_errors make_csv_dataset "
            "map_and_batch parallel_interleave prefetch_to_device rejection_resample "
            "sample_from_datasets scan shuffle_and_repeat unbatch unique",
    },
    "distributions": {
        "distributions":
            "Bernoulli Beta Categorical Dirichlet DirichletMultinomial Distribution "
            "Exponential Gamma Laplace Multinomial Normal RegisterKL StudentT Uniform "
            "kl_divergence",
    },
    "framework": {
        "": "TensorSpec argsort assert_same_float_dtype assert_scalar "
            "convert_to_tensor_or_sparse_tensor is_tensor nest sort",
        "train":
            "create_global_step get_global_step get_or_create_global_step "
            "init_from_checkpoint list_variables load_checkpoint load_variable",
    },
    "keras": {
        "keras":
            "activations applications backend callbacks constraints datasets "
            "initializers layers losses metrics models optimizers preprocessing "
            "regularizers utils",
    },
    "lookup": {"lookup": "HashTable=StaticHashTable KeyValueTensorInitializer "
                         "TextFileIndex TextFileInitializer"},
    "metrics": {
        "sets": "set_difference=difference set_intersection=intersection set_size=size "
                "set_union=union",
    },
    "nn": {"nn": "conv1d_transpose"},
    "rnn": {
        "nn.rnn_cell":
            "BasicLSTMCell BasicRNNCell DeviceWrapper DropoutWrapper GRUCell LSTMCell "
            "LSTMStateTuple MultiRNNCell RNNCell ResidualWrapper",
        "nn": "static_bidirectional_rnn static_rnn static_state_saving_rnn",
    },
    "signal": {
        "signal":
            "frame hamming_window hann_window inverse_stft inverse_stft_window_fn "
            "linear_to_mel_weight_matrix mfccs_from_log_mel_spectrograms "
            "overlap_and_add stft",
    },
    "stateless": {
        "random":
            "stateless_multinomial stateless_random_normal=stateless_normal "
            "stateless_random_uniform=stateless_uniform stateless_truncated_normal",
    },
    "util": {"": "constant_value=get_static_value make_ndarray make_tensor_proto"},
}


def _read(places):
    """{name in the part: path in the TensorFlow-1 API}."""
    paths = {}
    for place, names in places.items():
        for entry in names.split():
            name, _, other = entry.partition("=")
            paths[name] = ".".join(filter(None, [place, other or name]))
    return paths


ALIASES = {part: _read(places) for part, places in _PLACES.items()}
