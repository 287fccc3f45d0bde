"""Types of the node methods; written by tools/make_stubs.py."""
from typing import Any

from tensorflow import Tensor

from zhusuan.distributions.base import Distribution
from zhusuan.distributions.bijectors import Bijector
from zhusuan.framework.stochastic_tensor import StochasticTensor
from zhusuan.utils._types import DTypeLike, TensorLike

__all__ = ["NodeMethods"]

class NodeMethods:
    def ar(
        self, name: str, coefficients: TensorLike, std: TensorLike,
        n_steps: TensorLike, constant: TensorLike = ...,
        initial: TensorLike | None = ..., n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., is_reparameterized: bool = ...,
        check_numerics: bool = ..., *, mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def asymmetric_laplace(
        self, name: str, loc: TensorLike, scale: TensorLike, asymmetry: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def bag_of_categoricals(
        self, name: str, logits: TensorLike, normalize_logits: bool = ...,
        group_ndims: int | Tensor = ..., dtype: DTypeLike = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def bernoulli(
        self, name: str, logits: TensorLike, n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., dtype: DTypeLike = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def beta(
        self, name: str, alpha: TensorLike, beta: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        check_numerics: bool = ..., is_reparameterized: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def beta_binomial(
        self, name: str, alpha: TensorLike, beta: TensorLike,
        n_experiments: TensorLike, n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., dtype: DTypeLike = ...,
        check_numerics: bool = ..., *, mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def bin_concrete(
        self, name: str, temperature: TensorLike, logits: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def binomial(
        self, name: str, logits: TensorLike, n_experiments: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        dtype: DTypeLike = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def categorical(
        self, name: str, logits: TensorLike, n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., dtype: DTypeLike = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def cauchy(
        self, name: str, loc: TensorLike, scale: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def censored(
        self, name: str, dist: Distribution, low: TensorLike | None = ...,
        high: TensorLike | None = ..., n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., *, mask: TensorLike | None = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def concrete(
        self, name: str, temperature: TensorLike, logits: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def dirichlet(
        self, name: str, alpha: TensorLike, n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., check_numerics: bool = ...,
        is_reparameterized: bool = ..., *, mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def dirichlet_multinomial(
        self, name: str, alpha: TensorLike, n_experiments: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        dtype: DTypeLike = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def exp_concrete(
        self, name: str, temperature: TensorLike, logits: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def exponential(
        self, name: str, rate: TensorLike, n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., is_reparameterized: bool = ...,
        check_numerics: bool = ..., *, mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def flat(
        self, name: str, shape: TensorLike = ..., n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., dtype: DTypeLike | None = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def fold_normal(
        self, name: str, mean: TensorLike = ..., _sentinel: None = ...,
        std: TensorLike | None = ..., logstd: TensorLike | None = ...,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def gamma(
        self, name: str, alpha: TensorLike, beta: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        check_numerics: bool = ..., is_reparameterized: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def gaussian_random_walk(
        self, name: str, std: TensorLike, n_steps: TensorLike, drift: TensorLike = ...,
        initial: TensorLike | None = ..., n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., is_reparameterized: bool = ...,
        check_numerics: bool = ..., *, mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def geometric(
        self, name: str, logits: TensorLike, n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., dtype: DTypeLike = ...,
        check_numerics: bool = ..., *, mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def gumbel(
        self, name: str, loc: TensorLike, scale: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def half_cauchy(
        self, name: str, scale: TensorLike, n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., is_reparameterized: bool = ...,
        check_numerics: bool = ..., *, mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def half_flat(
        self, name: str, shape: TensorLike = ..., n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., dtype: DTypeLike | None = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def half_normal(
        self, name: str, scale: TensorLike, n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., is_reparameterized: bool = ...,
        check_numerics: bool = ..., *, mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def half_student_t(
        self, name: str, df: TensorLike, scale: TensorLike = ...,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def hidden_markov(
        self, name: str, initial_logits: TensorLike, transition_logits: TensorLike,
        emissions: TensorLike, n_steps: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def inverse_gamma(
        self, name: str, alpha: TensorLike, beta: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        check_numerics: bool = ..., is_reparameterized: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def inverse_wishart(
        self, name: str, df: TensorLike, scale_tril: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def kumaraswamy(
        self, name: str, a: TensorLike, b: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def laplace(
        self, name: str, loc: TensorLike, scale: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def lkj_cholesky(
        self, name: str, dimension: TensorLike, concentration: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def log_normal(
        self, name: str, loc: TensorLike, scale: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def logistic(
        self, name: str, loc: TensorLike, scale: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def logit_normal(
        self, name: str, loc: TensorLike, scale: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def masked(
        self, name: str, dist: Distribution, mask: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor | None = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def matrix_variate_normal_cholesky(
        self, name: str, mean: TensorLike, u_tril: TensorLike, v_tril: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def mixture(
        self, name: str, logits: TensorLike, components: Distribution,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def mixture_same_family(
        self, name: str, logits: TensorLike, components: Distribution,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def multinomial(
        self, name: str, logits: TensorLike, n_experiments: TensorLike,
        normalize_logits: bool = ..., n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., dtype: DTypeLike = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def multivariate_normal_cholesky(
        self, name: str, mean: TensorLike, cov_tril: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def multivariate_normal_diag(
        self, name: str, mean: TensorLike, std: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def multivariate_student_t(
        self, name: str, df: TensorLike, loc: TensorLike, scale_tril: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def negative_binomial(
        self, name: str, total_count: TensorLike, logits: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        dtype: DTypeLike = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def normal(
        self, name: str, mean: TensorLike = ..., _sentinel: None = ...,
        std: TensorLike | None = ..., logstd: TensorLike | None = ...,
        group_ndims: int | Tensor = ..., n_samples: int | Tensor | None = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def onehot_categorical(
        self, name: str, logits: TensorLike, n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., dtype: DTypeLike = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def ordered_logistic(
        self, name: str, eta: TensorLike, cutpoints: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        dtype: DTypeLike = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def pareto(
        self, name: str, concentration: TensorLike, scale: TensorLike = ...,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def poisson(
        self, name: str, rate: TensorLike, n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., dtype: DTypeLike = ...,
        check_numerics: bool = ..., *, mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def skew_normal(
        self, name: str, loc: TensorLike, scale: TensorLike, alpha: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def student_t(
        self, name: str, df: TensorLike, loc: TensorLike = ...,
        scale: TensorLike = ..., n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., is_reparameterized: bool = ...,
        check_numerics: bool = ..., *, mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def transformed(
        self, name: str, base: Distribution, bijector: Bijector,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def truncated(
        self, name: str, dist: Distribution, low: TensorLike | None = ...,
        high: TensorLike | None = ..., n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., *, mask: TensorLike | None = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def truncated_normal(
        self, name: str, loc: TensorLike, scale: TensorLike, low: TensorLike,
        high: TensorLike, n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., is_reparameterized: bool = ...,
        check_numerics: bool = ..., *, mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def uniform(
        self, name: str, minval: TensorLike = ..., maxval: TensorLike = ...,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def unnormalized_multinomial(
        self, name: str, logits: TensorLike, normalize_logits: bool = ...,
        group_ndims: int | Tensor = ..., dtype: DTypeLike = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def von_mises(
        self, name: str, loc: TensorLike, concentration: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        check_numerics: bool = ..., *, mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def weibull(
        self, name: str, concentration: TensorLike, scale: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def wishart(
        self, name: str, df: TensorLike, scale_tril: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        is_reparameterized: bool = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def zero_inflated_negative_binomial(
        self, name: str, total_count: TensorLike, logits: TensorLike,
        gate_logits: TensorLike, n_samples: int | Tensor | None = ...,
        group_ndims: int | Tensor = ..., dtype: DTypeLike = ...,
        check_numerics: bool = ..., *, mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    def zero_inflated_poisson(
        self, name: str, rate: TensorLike, gate_logits: TensorLike,
        n_samples: int | Tensor | None = ..., group_ndims: int | Tensor = ...,
        dtype: DTypeLike = ..., check_numerics: bool = ..., *,
        mask: TensorLike | None = ..., **kwargs: Any,
    ) -> StochasticTensor: ...
    bin_gumbel_softmax = bin_concrete
    discrete = categorical
    exp_gumbel_softmax = exp_concrete
    gumbel_softmax = concrete
    onehot_discrete = onehot_categorical
