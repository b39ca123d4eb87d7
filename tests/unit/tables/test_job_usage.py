"""What Snakemake measured of a job, in all the forms that it writes."""

import pytest

from actmine.tables.job_usage import JobUsage, read_job_usage

HEAD = "s\th:m:s\tmax_rss\tmax_vms\tcpu_time\n"


@pytest.mark.parametrize(
    ("text", "usage"),
    [
        (f"{HEAD}13.5\t0:00:13\t700.5\t900\t12.25\n", (13.5, 12.25, 700.5)),
        (f"{HEAD}0.2\t0:00:00\tNA\tNA\tNA\n", (0.2, 0.0, None)),
        (f"{HEAD}0.2\t0:00:00\t-\t-\t-\n", (0.2, 0.0, None)),
        (f"{HEAD}1.0\t0:00:01\t5.0\t9\t1.0\n2.0\t0:00:02\t6.0\t9\t2.0\n", (3.0, 3.0, 6.0)),
        ("s\th:m:s\tmax_rss\n13.0\t0:00:13\t700.5\n", (13.0, 0.0, 700.5)),
    ],
)
def test_a_job_has_its_time_and_memory(tmp_path, text, usage):
    (tmp_path / "job.tsv").write_text(text)
    wall_s, cpu_s, resident_mb = usage
    expected = JobUsage(wall_s=wall_s, cpu_s=cpu_s, resident_mb=resident_mb)
    assert read_job_usage(tmp_path / "job.tsv") == expected


@pytest.mark.parametrize("text", ["", HEAD, "molecule\tlabel\nC\t1\n", "\udcff\0"])
def test_what_is_no_measurement_of_a_job_has_none(tmp_path, text):
    (tmp_path / "job.tsv").write_text(text, errors="surrogateescape")
    assert read_job_usage(tmp_path / "job.tsv") is None
