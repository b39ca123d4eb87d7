"""What each tensor operation costs: the one table behind the compute budget.

All weights are [ours]: FLOPs per element in units of one addition, rounded to what a vector
unit spends on a float32. They rank functions; they do not predict seconds. An in-place form
(`add_`, met inside torch's own functions) costs what the plain form does.
"""

from collections.abc import Mapping

ADDITION = 1  # arithmetic, comparison, selection
MEMORY = 1  # views, copies and constants: free ones would hide a thousand reshapes
DIVISION = 4  # division and square root
EXPONENTIAL = 8  # one polynomial with a range reduction: exp, log, sin
HYPERBOLIC = 12  # an exponential or a logarithm, and a division around it
ERROR_FUNCTION = 16  # two polynomials and an exponential; also a general power
GAMMA_FUNCTION = 32  # series and recurrences
BESSEL_FUNCTION = 40
COMPLEX = 4  # a complex element counts as four real ones, as a product needs


def _weights(groups: Mapping[int, str]) -> dict[str, int]:
    return {name: weight for weight, names in groups.items() for name in names.split()}


# Charged on every element of the output (broadcast shapes are thereby full-sized).
PER_OUTPUT: dict[str, int] = {
    # --- memory
    **_weights(
        {
            MEMORY: """
            _conj _conj_physical _neg_view _reshape_alias _reshape_copy _to_copy _unsafe_view
            alias arange as_strided broadcast_to cat clone complex conj_physical
            constant_pad_nd copy detach diag diag_embed diagonal diagonal_copy empty
            empty_like empty_permuted empty_strided expand eye fft_fftfreq fft_rfftfreq fill
            flip full full_like gather imag index index_select lift lift_fresh lift_fresh_copy
            linspace masked_select narrow new_empty new_empty_strided new_full new_ones
            new_zeros ones ones_like permute real reflection_pad1d repeat repeat_interleave
            replication_pad1d reshape roll rot90 scalar_tensor select slice split
            split_with_sizes squeeze stack t take take_along_dim transpose tril triu unbind
            unfold unsafe_split unsafe_split_with_sizes unsqueeze view view_as_complex
            view_as_real zero zeros zeros_like
            """
        }
    ),
    # --- cheap arithmetic: few instructions an element
    **_weights(
        {
            ADDITION: """
            abs add bitwise_and bitwise_not bitwise_or bitwise_xor ceil clamp clamp_max
            clamp_min copysign deg2rad eq floor fmax fmin frac ge gt heaviside isfinite isinf
            isnan isneginf isposinf le logical_and logical_not logical_or logical_xor lt
            masked_fill maximum minimum mul nan_to_num ne neg positive rad2deg relu round rsub
            sgn sign signbit sub threshold trunc where
            """,
            2: "_prelu_kernel hardshrink hardtanh leaky_relu softshrink",
            3: "addcmul lerp linalg_cross",
            4: "hardsigmoid hardswish ldexp",
        }
    ),
    # --- divisions and roots
    **_weights(
        {
            DIVISION: "div reciprocal rsqrt sqrt",
            DIVISION + 2: "addcdiv floor_divide fmod remainder",
            DIVISION + 4: "hypot",
        }
    ),
    # --- transcendental functions
    **_weights(
        {
            EXPONENTIAL: "cos exp exp2 expm1 log log10 log1p log2 sin",
            EXPONENTIAL + 2: "celu elu logspace polar xlogy special_entr special_xlog1py",
            HYPERBOLIC: """
            acos acosh angle asin asinh atan atan2 atanh bucketize cosh glu logit searchsorted
            sigmoid silu sinc sinh tan tanh
            """,
            ERROR_FUNCTION: "erf erfc erfinv special_erfcx special_ndtri",
            ERROR_FUNCTION + 2: """
            gelu log_sigmoid_forward logaddexp logaddexp2 softplus
            """,
            2 * EXPONENTIAL + HYPERBOLIC: "mish special_log_ndtr",
            GAMMA_FUNCTION: "digamma i0 lgamma special_i0e special_i1 special_i1e",
            BESSEL_FUNCTION: """
            igamma igammac mvlgamma polygamma special_bessel_j0 special_bessel_j1
            special_bessel_y0 special_bessel_y1 special_zeta
            """,
        }
    ),
}

# Charged on every element of the largest input.
PER_INPUT: dict[str, int] = _weights(
    {
        1: """
        _local_scalar_dense all amax amin aminmax any argmax argmin count_nonzero cummax
        cummin cumprod cumsum equal is_nonzero max mean min nansum nonzero prod sum trace
        """,
        2: "dist linalg_vector_norm norm",
        4: "std std_mean var var_mean",
        8: "native_batch_norm native_group_norm native_layer_norm _fused_rms_norm",
        # exp, a running maximum and sum, and the division or logarithm at the end
        EXPONENTIAL + DIVISION + 3: "_log_softmax _safe_softmax _softmax logsumexp",
        2 * EXPONENTIAL + 2: "logcumsumexp",
    }
)
