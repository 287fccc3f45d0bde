"""The layers of the package, which test_architecture.py holds."""

__all__ = ["LAYERS"]

# A module imports only from lines above its own. A name without a dot is a module or,
# where it names a package, that package's `__init__`.
LAYERS = [line.split() for line in """
    _tf.versions _tf.gradients _tf.custom_gradients _tf.function_graphs
    _tf.moved_names _tf.op_stack_traces
    _tf.linear_algebra _tf.op_location _tf.tensor_like _tf.version_1_api
    _tf.version_1_switch
    _tf.keras_requirement _tf.capabilities _tf.execution_order _tf.variables _tf.loops
    _tf
    _tf.op_graph _tf.programs _tf.random_numbers _tf.graph_digest
    _tf.traced_functions _tf.optimizers _tf.installation
    _tf.program_cache _tf.compiled_gradients _tf.loop_bodies
    utils._* utils.step_loops utils.timing
    utils utils._summary_table utils._paths
    distributions._checks distributions._outer_product_warning
    distributions._conversion distributions._parameter_shapes
    distributions._closed_forms
    distributions._numerics
    distributions._numerics.elementary distributions._numerics.simplex
    distributions.utils distributions._numerics.quadrature
    distributions._numerics.gamma_functions distributions._numerics.normal_functions
    distributions._numerics.quantile_gradients distributions._numerics.triangular
    distributions._numerics.incomplete_* distributions._numerics.student_functions
    distributions._numerics.log_incomplete_* distributions._numerics.normal_interval
    distributions._numerics.linear_recurrence
    distributions._numerics.multivariate_gamma
    distributions._numerics.samplers
    distributions.base distributions._path_derivative
    distributions._bases.intervals distributions._bases.parameters
    distributions._bases.continuous distributions._bases.counts
    distributions._bases.normal distributions._bases.vectors
    distributions._bases.*
    distributions._bases
    distributions.bijectors.base
    distributions.bijectors.*
    distributions.bijectors distributions._tfp_support
    distributions.tfp
    distributions._components
    distributions.masked
    distributions._selected_entries distributions._repeated_entries
    distributions._bases.time_series
    distributions._components distributions._interval_mass
    distributions._bases.time_series distributions._bounds
    distributions.*
    distributions.ordered_logistic distributions.zero_inflated
    distributions.autoregressive distributions.gaussian_random_walk
    distributions.kl
    distributions.univariate distributions.multivariate
    distributions
    framework._variable_store framework._factors framework._node_names
    framework.partial_observation
    framework._float_dtype
    framework.utils
    framework.model_graph
    framework._function_model
    framework._model_graph_builder framework._model_summary framework._name_errors
    framework._model_inspection
    framework.meta_bn framework.support_warnings framework._node_method_factory
    framework._derived_quantities
    framework.stochastic_tensor framework._default_observations
    framework.node_methods
    framework._deprecated_bayesian_net
    framework.bn
    framework._enumeration
    framework.marginalization
    framework
    _model mcmc._kernels mcmc._run mcmc._adaptation variational._training
    transform._flow_parts _model.joint_parts
    transform.autoregressive transform.coupling transform.planar _model.latents
    transform _model.target _model.model_draws
    _model.constraint_names utils._arviz
    _model.supports
    _model.constraints
    _model.latent_search _model.interval_ends
    _model.initial_values _model.minibatches variational.posteriors._*
    _model.unconstrained_space _model.local_normal variational._[!t]*
    variational.posteriors.base variational.base
    variational.posteriors.*
    variational.posteriors variational.exclusive_kl variational.monte_carlo
    variational.inclusive_kl variational.renyi variational.fits
    variational._training.[!f]*
    variational._training.fit_run
    variational.fitting variational.*_approximation variational.compiled_costs
    variational mcmc._chains_file
    mcmc.diagnostics
    mcmc.chains
    mcmc._kernels.metrics mcmc._kernels.diffusion mcmc._kernels.flattening
    mcmc._kernels.hamiltonian mcmc._run.float_precision
    mcmc._kernels.no_u_turn
    mcmc._run.devices mcmc._run.kept_variables
    mcmc._run.chain_state mcmc._run.convergence mcmc._run.loop_models
    mcmc._run.draw_loop mcmc._run.run_record
    mcmc._run.checkpoint mcmc._run.stored_names
    mcmc._run.run_chains mcmc._run.chain_loop mcmc.adaptation
    mcmc._run.checked_methods
    mcmc.sampler
    mcmc._adaptation.fisher_divergence mcmc._adaptation.metric_estimators
    mcmc._adaptation.schedules mcmc._adaptation.step_size
    mcmc._adaptation.fisher_estimators mcmc._adaptation.warmup
    mcmc._adaptation.metric_choice
    mcmc.hmc mcmc.nuts mcmc.sgmcmc
    mcmc
    hmc sgmcmc diagnostics
    evaluation._*
    evaluation.[!_]*
    evaluation
    layers._arguments layers._distribution_config layers._estimators
    layers._saved_arguments layers._kl_weights layers.kl_schedules layers._divergences
    layers._random_weights layers.base
    layers._linear
    layers.*
    layers
    keras._convolution_products
    keras._network_function keras._likelihoods keras._default_priors
    keras._weight_priors keras._stochastic_outputs
    keras.hierarchical_priors keras.bayesian_network
    keras._posterior_draws
    keras.prediction
    keras._members keras._weight_blocks keras._dense_inputs
    keras._gauss_newton
    keras.ensembles keras.swag_posterior keras.laplace_approximation
    keras._autoencoder keras._model_inputs keras._objectives keras._steps
    keras._generative_functions
    keras.variational_model
    keras
    legacy._helpers
    legacy.distributions.special
    legacy.distributions
    legacy.framework.stochastic
    legacy.framework
    legacy
    launch
    tf1._moved_names tf1._name_supply tf1._run_program tf1._unusable_module
    tf1._shims.arrays tf1._shims.images tf1._shims.packages tf1._shims.standard
    tf1._shims.tables
    tf1._shims
    tf1._layers.static_or_dynamic tf1._layers.functions_by_name tf1._layers.input_spec
    tf1._layers.base tf1._layers.batch_moments tf1._layers.convolution_ops
    tf1._layers.convolution tf1._layers.core tf1._layers.normalization
    tf1._layers.pooling tf1._layers.rnn_cell_base
    tf1._layers.rnn_cells
    tf1._layers.rnn_cell_wrappers
    tf1._layers.rnn_cell
    tf1._layers
    tf1._contrib.aliases tf1._contrib.arg_scope tf1._contrib.hparams
    tf1._contrib.initializers tf1._contrib.losses tf1._contrib.contrib_modules
    tf1._contrib.mnist tf1._contrib.percentiles tf1._contrib.sequences
    tf1._contrib.layers tf1._contrib.variables
    tf1._contrib.normalization
    tf1._contrib
    tf1
    tf1.__main__
    __init__
    __main__
""".strip().splitlines()]
