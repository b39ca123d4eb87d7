"""What a candidate raised, as one sentence with a remedy, for an author who may be a model."""

import re

from actmine.shown_text import one_line

LIMIT = 300  # characters of it that a prompt or a log keeps [ours]
_GIVEN = 80  # of them for what a function was given [ours]

# Torch lists the forms of a function a line each, with what the gate keeps from candidates.
_FORMS = re.compile(
    r"(\w+\(\)) received an invalid combination of arguments - got (\(.*?\)), but expected "
    r"(?:one of:)?(.*)"
)
_FORM = re.compile(r"\([^()]*\)")
_LAST = re.compile(r"(, )+\)")
_NOT_OFFERED = re.compile(r"\*(?:, )?|(?:Tensor|tuple of Tensors) out = None")
_INNER = re.compile(r"TensorBase\.|activation\.<locals>\.|\b_(?=threshold\(\))")

_ANY_SHAPE = "write what works on a float32 tensor of any number of rows and features"
_REMEDIES = {
    "takes ": "give it so many",
    "missing ": "add what is missing",
    "unexpected keyword": "leave that out",
    "multiple values": "give fewer values",
    "not associated with a value": "give it one on every path",
    "math domain": "keep to numbers for which it is defined",
    "math range": "keep to smaller numbers",
}
_BY_TYPE = {
    "TypeError": "give each operation what it takes",
    "AttributeError": "give each operation what it takes",
    "IndexError": "keep to what is there: x has the dims 0 (rows) and 1 (features)",
    "RuntimeError": _ANY_SHAPE,
    "NotImplementedError": _ANY_SHAPE,
    "ZeroDivisionError": "keep divisors away from 0",
    "RecursionError": "write a loop of few steps",
}


def sentence(error: BaseException, *, at: str = "") -> str:
    """The type, the message and what to do about it, in LIMIT characters.

    Args:
        at: what the candidate was given.
    """
    kind = type(error).__name__
    told = _INNER.sub("", " ".join(str(error).split()).rstrip("."))
    if listed := _FORMS.search(told):
        return _takes(kind, *listed.groups())
    start, end = f"raised {kind}: ", at
    if "; " not in told:  # else it is one of the gate's own, which names its remedy
        remedies = (remedy for said, remedy in _REMEDIES.items() if said in told)
        end += f"; {next(remedies, _BY_TYPE.get(kind, 'write it in another way'))}"
    return f"{start}{one_line(told, LIMIT - len(start) - len(end))}{end}"


def _takes(kind: str, name: str, got: str, listed: str) -> str:
    """The forms that a function has, as many as there is room for."""
    told = f"raised {kind}: {name} is given {one_line(got, _GIVEN)}; it takes "
    forms = [_LAST.sub(")", _NOT_OFFERED.sub("", form)) for form in _FORM.findall(listed)]
    kept = forms[:1]
    for form in forms[1:]:
        if len(told) + len(" or ".join([*kept, form])) <= LIMIT:
            kept.append(form)
    return told + " or ".join(kept)
