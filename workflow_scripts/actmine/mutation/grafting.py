"""Brings a second program into the first: the catalog's functions and the second parent."""

import ast
import copy
import re
from itertools import chain, count

import numpy as np

from actmine.functions.spelling import ROOTS
from actmine.gate.static import admit
from actmine.mutation.constants import log_uniform, round_digits
from actmine.mutation.inference import Inference, infer
from actmine.mutation.rendering import phrase
from actmine.mutation.scene import Guest, Scene, pick, pick_result_first
from actmine.mutation.trees import (
    Site,
    constant,
    functions,
    identifiers,
    names_in,
    size,
    straight_locals,
    substitute,
    template,
)
from actmine.mutation.values import Kind

MAX_DONOR_NODES = 40  # of an expression that moves to another program [ours]
WEIGHTS = (0.1, 0.9)  # of the guest in a mixture [ours]


def compose_known(scene: Scene, rng: np.random.Generator) -> str | None:
    """Puts a known function around an expression, or before the function as a whole."""
    known = pick(scene.vocabulary, rng)
    inside = rng.random() < 0.5 and scene.input_sites
    site = pick(scene.input_sites, rng) if inside else pick(scene.sites, rng)
    if known is None or site is None:
        return None
    guest = Guest(tree=admit(known.source), name=known.name)
    site.put(_apply(scene.tree, guest, site.node))
    return f"{known.name} of {phrase(site.node)}"


def mix_known(scene: Scene, rng: np.random.Generator) -> str | None:
    """Mixes an expression with a known function of the input, or adds it."""
    known = pick(scene.vocabulary, rng)
    site = pick_result_first(scene, rng)
    if known is None or site is None:
        return None
    return _mix(scene.tree, site, Guest(tree=admit(known.source), name=known.name), rng)


def blend(scene: Scene, rng: np.random.Generator) -> str | None:
    """Mixes what the first parent returns with what the second one does."""
    site = pick(scene.result_sites, rng)
    if scene.mate is None or site is None:
        return None
    return _mix(scene.tree, site, scene.mate, rng)


def splice(scene: Scene, rng: np.random.Generator) -> str | None:
    """Puts an expression of the second parent in the place of one of the first."""
    whole = scene.result_sites
    # In place of all that is returned, nothing of the first parent would be left.
    site = pick([site for site in scene.sites if site not in whole], rng)
    if scene.mate is None or site is None:
        return None
    donor = pick(_donors(scene.mate.tree, infer(scene.mate.tree)), rng)
    if donor is None:
        return None
    name = graft(scene.tree, scene.mate)
    # The graft renamed the donor's names in place, so they are the host's now.
    parameter = functions(scene.tree)[name].args.args[0].arg
    new = substitute(donor, {parameter: ast.Name(id=site.carrier, ctx=ast.Load())})
    site.put(new)
    return f"{phrase(new)} of {scene.mate.name} in place of {phrase(site.node)}"


def _donors(tree: ast.Module, inference: Inference) -> list[ast.expr]:
    """Expressions of `activation` in terms of its argument, with their local names resolved."""
    activation = functions(tree)["activation"]
    known = straight_locals(activation)
    stored = set(names_in(activation, ast.Store))
    donors = []
    for node in ast.walk(activation):
        if not isinstance(node, ast.expr) or inference.kind(node) is not Kind.FULL:
            continue
        closed = _closed(node, known)
        if closed is None or size(closed) > MAX_DONOR_NODES:
            continue
        if isinstance(closed, ast.Name) or identifiers(closed) & stored:
            continue
        # Closed expressions share no node with the tree, so they join it to be renamed.
        activation.body.insert(0, ast.Expr(value=closed))
        donors.append(closed)
    return donors


def _closed(node: ast.expr, known: dict[str, ast.expr]) -> ast.expr | None:
    """The expression with local names replaced by what they stand for; None if too large."""
    for _ in range(len(known) + 1):
        if not identifiers(node) & known.keys():
            return copy.deepcopy(node)
        node = substitute(node, known)
        if size(node) > 4 * MAX_DONOR_NODES:
            return None
    return None


def _mix(tree: ast.Module, site: Site, guest: Guest, rng: np.random.Generator) -> str:
    """Replaces a site by its mixture with a guest, in place, and says so."""
    applied = _apply(tree, guest, ast.Name(id=site.carrier, ctx=ast.Load()))
    if rng.random() < 0.5:
        weight = log_uniform(rng, *WEIGHTS)
        rest = round_digits(1 - weight)
        text = "_3 * _ + _4 * _2"
        site.put(template(text, site.node, applied, constant(rest), constant(weight)))
        return f"{rest:g} of {phrase(site.node)} with {weight:g} of {guest.name}"
    weight = log_uniform(rng, *WEIGHTS)
    site.put(template("_ + _3 * _2", site.node, applied, constant(weight)))
    return f"+ {weight:g} of {guest.name} at {phrase(site.node)}"


def _apply(tree: ast.Module, guest: Guest, argument: ast.expr) -> ast.expr:
    """The guest's function of an argument: inlined if short, else by a helper."""
    activation = functions(guest.tree)["activation"]
    match guest.tree.body, activation.body:
        case [_], [ast.Return(value=ast.expr() as expression)]:
            name = activation.args.args[0].arg
            uses = sum(isinstance(n, ast.Name) and n.id == name for n in ast.walk(expression))
            if uses == 1 or isinstance(argument, ast.Name):
                return substitute(expression, {name: argument})
    function = ast.Name(id=graft(tree, guest), ctx=ast.Load())
    return ast.Call(func=function, args=[argument], keywords=[])


def graft(tree: ast.Module, guest: Guest) -> str:
    """Moves a guest's definitions into a tree, before `activation`, under names still free.

    Returns: the new name of the guest's `activation`. A twin that is already there is used.
    """
    stem = "_" + (re.sub(r"\W+", "_", guest.name.lower(), flags=re.ASCII).strip("_") or "guest")
    twin = _twin(tree, guest, stem)
    if twin:
        return twin
    taken = identifiers(tree) | identifiers(guest.tree) | ROOTS
    renamed: dict[str, str] = {}
    for name in _module_names(guest.tree):
        is_free = name != "activation" and name not in identifiers(tree) | ROOTS
        wanted = stem if name == "activation" else name
        renamed[name] = name if is_free else _free(wanted, taken)
        taken.add(renamed[name])
    _rename(guest.tree, renamed)
    place = tree.body.index(functions(tree)["activation"])
    tree.body[place:place] = guest.tree.body
    return renamed["activation"]


def _module_names(tree: ast.Module) -> list[str]:
    names = [
        name
        for statement in tree.body
        if not isinstance(statement, ast.FunctionDef)
        for name in names_in(statement, ast.Store)
    ]
    return list(dict.fromkeys([*names, *functions(tree)]))


def _free(wanted: str, taken: set[str]) -> str:
    names = chain([wanted], (f"{wanted}_{place}" for place in count(2)))
    return next(name for name in names if name not in taken)


def _twin(tree: ast.Module, guest: Guest, stem: str) -> str:
    """The name of a helper that is the guest already, empty if there is none."""
    if len(guest.tree.body) != 1:
        return ""
    wanted = copy.deepcopy(functions(guest.tree)["activation"])
    for name, function in functions(tree).items():
        wanted.name = name
        if name.startswith(stem) and ast.dump(function) == ast.dump(wanted):
            return name
    return ""


def _rename(tree: ast.Module, renamed: dict[str, str]) -> None:
    """Renames identifiers wherever they stand, so that shadowing stays as it was."""
    for node in ast.walk(tree):
        match node:
            case ast.Name(id=name) if name in renamed:
                node.id = renamed[name]
            case ast.FunctionDef(name=name) if name in renamed:
                node.name = renamed[name]
            case ast.arg(arg=str() as name) | ast.keyword(arg=str() as name) if name in renamed:
                node.arg = renamed[name]
