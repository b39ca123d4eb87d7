"""Has LLVM make machine code for this process."""

from collections.abc import Mapping
from typing import Any

from llvmlite import binding

from actmine.capability import VectorTarget


def machine_code(
    text: str, made_for: VectorTarget, *, calls: Mapping[str, int] | None = None
) -> Any:
    """Compiles code; what is returned holds the functions, and has to outlive their use.

    Args:
        text: the code, as LLVM's.
        calls: where the functions stand that it calls by name.
    """
    binding.initialize_native_target()
    binding.initialize_native_asmprinter()
    for name, address in (calls or {}).items():
        binding.add_symbol(name, address)
    machine = binding.Target.from_default_triple().create_target_machine(
        cpu=made_for.cpu, features="-prefer-256-bit", opt=2, jit=True
    )
    module = binding.parse_assembly(text)
    # Variables in registers; more passes take longer than they save here.
    passes = binding.create_new_function_pass_manager()
    passes.add_sroa_pass()
    builder = binding.create_pass_builder(machine, binding.create_pipeline_tuning_options())
    for function in module.functions:
        if not function.is_declaration:
            passes.run(function, builder)
    engine = binding.create_mcjit_compiler(module, machine)
    engine.finalize_object()
    return engine
