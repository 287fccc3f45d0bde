"""``bn.normal(...)`` and its like; written by tools/make_stubs.py."""
import inspect
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from zhusuan.framework._stochastic_tensor import StochasticTensor

def node_signature(
    distribution: type, sampled: bool = ..., grouped_first: bool = ...,
) -> inspect.Signature: ...
def node_method(
    distribution: type, **options: bool,
) -> Callable[..., StochasticTensor]: ...
def split_arguments(
    distribution: type, signature: inspect.Signature, args: Sequence[Any],
    kwargs: Mapping[str, Any],
) -> tuple[str, dict[str, Any], dict[str, Any]]: ...

class NodeMethods:
    def asymmetric_laplace(
        self,
        name: str,
        loc: Any,
        scale: Any,
        asymmetry: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def bag_of_categoricals(
        self,
        name: str,
        logits: Any,
        normalize_logits: bool = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def bernoulli(
        self,
        name: str,
        logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def beta(
        self,
        name: str,
        alpha: Any,
        beta: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        check_numerics: bool = ...,
        is_reparameterized: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def beta_binomial(
        self,
        name: str,
        alpha: Any,
        beta: Any,
        n_experiments: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def bin_concrete(
        self,
        name: str,
        temperature: Any,
        logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def bin_gumbel_softmax(
        self,
        name: str,
        temperature: Any,
        logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def binomial(
        self,
        name: str,
        logits: Any,
        n_experiments: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def categorical(
        self,
        name: str,
        logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def cauchy(
        self,
        name: str,
        loc: Any,
        scale: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def concrete(
        self,
        name: str,
        temperature: Any,
        logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def dirichlet(
        self,
        name: str,
        alpha: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        check_numerics: bool = ...,
        is_reparameterized: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def discrete(
        self,
        name: str,
        logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def exp_concrete(
        self,
        name: str,
        temperature: Any,
        logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def exp_gumbel_softmax(
        self,
        name: str,
        temperature: Any,
        logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def exponential(
        self,
        name: str,
        rate: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def flat(
        self,
        name: str,
        shape: Any = ...,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def fold_normal(
        self,
        name: str,
        mean: Any = ...,
        _sentinel: None = ...,
        std: Any = ...,
        logstd: Any = ...,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def gamma(
        self,
        name: str,
        alpha: Any,
        beta: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        check_numerics: bool = ...,
        is_reparameterized: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def geometric(
        self,
        name: str,
        logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def gumbel(
        self,
        name: str,
        loc: Any,
        scale: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def gumbel_softmax(
        self,
        name: str,
        temperature: Any,
        logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def half_cauchy(
        self,
        name: str,
        scale: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def half_flat(
        self,
        name: str,
        shape: Any = ...,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def half_normal(
        self,
        name: str,
        scale: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def half_student_t(
        self,
        name: str,
        df: Any,
        scale: Any = ...,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def inverse_gamma(
        self,
        name: str,
        alpha: Any,
        beta: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        check_numerics: bool = ...,
        is_reparameterized: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def kumaraswamy(
        self,
        name: str,
        a: Any,
        b: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def laplace(
        self,
        name: str,
        loc: Any,
        scale: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def log_normal(
        self,
        name: str,
        loc: Any,
        scale: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def logistic(
        self,
        name: str,
        loc: Any,
        scale: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def logit_normal(
        self,
        name: str,
        loc: Any,
        scale: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def matrix_variate_normal_cholesky(
        self,
        name: str,
        mean: Any,
        u_tril: Any,
        v_tril: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def mixture_same_family(
        self,
        name: str,
        logits: Any,
        components: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def multinomial(
        self,
        name: str,
        logits: Any,
        n_experiments: Any,
        normalize_logits: bool = ...,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def multivariate_normal_cholesky(
        self,
        name: str,
        mean: Any,
        cov_tril: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def multivariate_normal_diag(
        self,
        name: str,
        mean: Any,
        std: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def negative_binomial(
        self,
        name: str,
        total_count: Any,
        logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def normal(
        self,
        name: str,
        mean: Any = ...,
        _sentinel: None = ...,
        std: Any = ...,
        logstd: Any = ...,
        group_ndims: Any = ...,
        n_samples: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def onehot_categorical(
        self,
        name: str,
        logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def onehot_discrete(
        self,
        name: str,
        logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def ordered_logistic(
        self,
        name: str,
        eta: Any,
        cutpoints: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def pareto(
        self,
        name: str,
        concentration: Any,
        scale: Any = ...,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def poisson(
        self,
        name: str,
        rate: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def skew_normal(
        self,
        name: str,
        loc: Any,
        scale: Any,
        alpha: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def student_t(
        self,
        name: str,
        df: Any,
        loc: Any = ...,
        scale: Any = ...,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def transformed(
        self,
        name: str,
        base: Any,
        bijector: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def truncated_normal(
        self,
        name: str,
        loc: Any,
        scale: Any,
        low: Any,
        high: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def uniform(
        self,
        name: str,
        minval: Any = ...,
        maxval: Any = ...,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def unnormalized_multinomial(
        self,
        name: str,
        logits: Any,
        normalize_logits: bool = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def von_mises(
        self,
        name: str,
        loc: Any,
        concentration: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def weibull(
        self,
        name: str,
        concentration: Any,
        scale: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        is_reparameterized: bool = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def zero_inflated_negative_binomial(
        self,
        name: str,
        total_count: Any,
        logits: Any,
        gate_logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
    def zero_inflated_poisson(
        self,
        name: str,
        rate: Any,
        gate_logits: Any,
        n_samples: Any = ...,
        group_ndims: Any = ...,
        dtype: Any = ...,
        check_numerics: bool = ...,
        **kwargs: Any,
    ) -> StochasticTensor: ...
