"""The table of what functions of numpy, jax, scipy and torch layers are called here.

Only what means exactly the same is listed. A row is the function of the library and its
parameters in the author's order, each with the keyword that it has here: `x` alone goes by
position, `axis:dim` by keyword, `-out` has no counterpart, `axis:dim=-1` is written even
where the author left it to its default, without
`axis:dim!` the two differ, and `a|b` are two names of one parameter.
"""


def _rows(text: str) -> dict[str, tuple[str, tuple[str, ...]]]:
    rows = {}
    for line in text.strip().splitlines():
        name, target, *parameters = line.split()
        rows[name] = (target, tuple(parameters))
    return rows


def _words(text: str) -> dict[str, str]:
    """Pairs `theirs:ours`, or one word where both agree."""
    pairs = (word.partition(":") for word in text.split())
    return {theirs: ours or theirs for theirs, _, ours in pairs}


# Of one tensor or one number; the right name is one of `torch`, and mostly of `math`.
_COMMON = "tanh sin cos tan exp expm1 log log1p sqrt floor ceil sinh cosh asin acos atan asinh \
acosh atanh abs sign square"
_NUMPY = f"{_COMMON} absolute:abs fabs:abs exp2 log2 log10 trunc arctan:atan arcsin:asin \
arccos:acos arcsinh:asinh arccosh:acosh arctanh:atanh reciprocal sinc rint:round isnan \
isfinite isinf deg2rad rad2deg radians:deg2rad degrees:rad2deg i0 logical_not negative:neg"
_SPECIAL = "erf erfc erfinv expit:sigmoid gammaln:lgamma digamma psi:digamma log1p expm1 exp2 \
logit ndtr:special.ndtr log_ndtr:special.log_ndtr i0 i0e:special.i0e i1:special.i1 \
i1e:special.i1e erfcx:special.erfcx entr:special.entr"
_LAX = f"{_COMMON} erf erfc erf_inv:erfinv rsqrt neg logistic:sigmoid reciprocal \
is_finite:isfinite lgamma digamma"

UNARY = {
    **{f"numpy.{a}": b for a, b in _words(_NUMPY).items()},
    **{f"jax.numpy.{a}": b for a, b in _words(_NUMPY).items()},
    **{f"scipy.special.{a}": b for a, b in _words(_SPECIAL).items()},
    **{f"jax.scipy.special.{a}": b for a, b in _words(_SPECIAL).items()},
    **{f"jax.lax.{a}": b for a, b in _words(_LAX).items()},
    "jax.nn.sigmoid": "sigmoid",
    "jax.nn.tanh": "tanh",
    "scipy.stats.norm.cdf": "special.ndtr",
    "jax.scipy.stats.norm.cdf": "special.ndtr",
}

# Operators, with the arguments in the same order.
OPERATORS = {
    f"{root}.{name}": sign
    for root in ("numpy", "jax.numpy", "jax.lax")
    for name, sign in {
        "add": "+", "subtract": "-", "sub": "-", "multiply": "*", "mul": "*", "power": "**",
        "pow": "**", "integer_pow": "**", "true_divide": "/",
        "greater": ">", "gt": ">", "less": "<", "lt": "<", "greater_equal": ">=", "ge": ">=",
        "less_equal": "<=", "le": "<=",
    }.items()
} | {"numpy.divide": "/", "jax.numpy.divide": "/"}  # fmt: skip

# Elementwise over two tensors; of a tensor and a number torch has a clamp.
EXTREMES = {
    f"{root}.{name}": bound
    for root, low, high in (
        ("numpy", "maximum", "minimum"),
        ("jax.numpy", "maximum", "minimum"),
        ("jax.lax", "max", "min"),
        ("torch", "maximum", "minimum"),
    )
    for name, bound in ((low, "min"), (high, "max"))
} | {"max": "min", "min": "max"}

# Both arguments must be tensors on both sides.
OF_TWO_TENSORS = {
    f"{root}.{theirs}": ours
    for root in ("numpy", "jax.numpy")
    for theirs, ours in _words(
        "arctan2:atan2 hypot logaddexp copysign mod:remainder remainder fmod logical_and "
        "logical_or logical_xor"
    ).items()
} | {"scipy.special.xlogy": "xlogy", "jax.scipy.special.xlogy": "xlogy"}

_REDUCED = "axis:dim -dtype -out keepdims:keepdim"
REWORDED = _rows(
    "\n".join(
        f"""
{np}.where torch.where condition x y
{np}.zeros_like torch.zeros_like a
{np}.ones_like torch.ones_like a
{np}.full_like torch.full_like a fill_value
{np}.clip torch.clamp a|arr a_min|min:min a_max|max:max
{np}.mean torch.mean a {_REDUCED}
{np}.sum torch.sum a {_REDUCED}
{np}.std torch.std a axis:dim -dtype -out ddof:correction=0 keepdims:keepdim
{np}.var torch.var a axis:dim -dtype -out ddof:correction=0 keepdims:keepdim
{np}.max torch.amax a axis:dim -out keepdims:keepdim
{np}.amax torch.amax a axis:dim -out keepdims:keepdim
{np}.min torch.amin a axis:dim -out keepdims:keepdim
{np}.amin torch.amin a axis:dim -out keepdims:keepdim
{np}.linalg.norm torch.linalg.norm x -ord axis:dim keepdims:keepdim
{np}.cumsum torch.cumsum a axis:dim!
{np}.roll torch.roll a shift axis:dims!
{np}.round torch.round a decimals:decimals
""".strip()
        for np in ("numpy", "jax.numpy")
    )
    + """
jax.nn.relu F.relu x
jax.nn.relu6 F.relu6 x
jax.nn.silu F.silu x
jax.nn.swish F.silu x
jax.nn.softplus F.softplus x
jax.nn.soft_sign F.softsign x
jax.nn.log_sigmoid F.logsigmoid x
jax.nn.hard_tanh F.hardtanh x
jax.nn.hard_sigmoid F.hardsigmoid x
jax.nn.hard_swish F.hardswish x
jax.nn.hard_silu F.hardswish x
jax.nn.selu F.selu x
jax.nn.mish F.mish x
jax.nn.elu F.elu x alpha
jax.nn.celu F.celu x alpha
jax.nn.leaky_relu F.leaky_relu x negative_slope
jax.nn.softmax torch.softmax x axis:dim=-1
jax.nn.log_softmax torch.log_softmax x axis:dim=-1
jax.nn.logsumexp torch.logsumexp x axis:dim! -b keepdims:keepdim
jax.scipy.special.logsumexp torch.logsumexp x axis:dim! -b keepdims:keepdim
scipy.special.logsumexp torch.logsumexp x axis:dim! -b keepdims:keepdim
scipy.special.softmax torch.softmax x axis:dim!
scipy.special.log_expit F.logsigmoid x
jax.lax.select torch.where pred on_true on_false
"""
)

# Layers without a state: the parameters of the constructor.
LAYERS = _rows("""
torch.nn.ReLU F.relu
torch.nn.ReLU6 F.relu6
torch.nn.GELU F.gelu approximate:approximate
torch.nn.SiLU F.silu
torch.nn.Mish F.mish
torch.nn.ELU F.elu alpha:alpha
torch.nn.CELU F.celu alpha:alpha
torch.nn.SELU F.selu
torch.nn.LeakyReLU F.leaky_relu negative_slope:negative_slope
torch.nn.PReLU F.leaky_relu -num_parameters init:negative_slope=0.25
torch.nn.Softplus F.softplus beta:beta threshold:threshold
torch.nn.Softsign F.softsign
torch.nn.Softshrink F.softshrink lambd:lambd
torch.nn.Hardshrink F.hardshrink lambd:lambd
torch.nn.Tanhshrink F.tanhshrink
torch.nn.Hardtanh F.hardtanh min_val:min_val max_val:max_val
torch.nn.Hardswish F.hardswish
torch.nn.Hardsigmoid F.hardsigmoid
torch.nn.LogSigmoid F.logsigmoid
torch.nn.Threshold F.threshold threshold:threshold value:value
torch.nn.Softmax torch.softmax dim:dim
torch.nn.LogSoftmax torch.log_softmax dim:dim
torch.nn.Sigmoid torch.sigmoid
torch.nn.Tanh torch.tanh
""")

# What numpy's methods are called where they do not mean the same in torch.
METHODS = _rows("""
std std axis:dim -dtype -out ddof:correction=0 keepdims:keepdim
var var axis:dim -dtype -out ddof:correction=0 keepdims:keepdim
max amax axis:dim -out keepdims:keepdim
min amin axis:dim -out keepdims:keepdim
mean mean axis:dim -dtype -out keepdims:keepdim
sum sum axis:dim -dtype -out keepdims:keepdim
copy clone
""")

CONSTANTS = {
    f"{root}.{name}": value
    for root in ("numpy", "jax.numpy")
    for name, value in {
        "pi": "math.pi",
        "e": "math.e",
        "inf": "math.inf",
        "nan": "math.nan",
        "euler_gamma": "0.5772156649015329",
        "newaxis": "None",
    }.items()
} | {"scipy.pi": "math.pi", "scipy.constants.pi": "math.pi"}

# Written in torch's namespace by mistake, or under another library's name.
MISNAMED = {
    "F.swish": "F.silu",
    "torch.swish": "F.silu",
    "torch.absolute": "torch.abs",
    "torch.softsign": "F.softsign",
    "torch.special.sigmoid": "torch.sigmoid",
    "F.hard_swish": "F.hardswish",
    "F.hard_sigmoid": "F.hardsigmoid",
    "F.log_sigmoid": "F.logsigmoid",
    "F.soft_sign": "F.softsign",
}
# Functions that flax.linen hands on from jax.nn.
HANDED_ON = {"flax.linen.": "jax.nn."}
