"""The benchmarks, one file each: where their data come from and how they are split."""
