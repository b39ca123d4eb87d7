# actmine with the packages of requirements-lock.txt: all that the demo needs.
#
#   docker build --tag actmine .
#   docker run --rm --user "$(id -u):$(id -g)" --volume "$PWD:/work" actmine
#
# docs/container.md tells what else can be run, and what the sandbox needs of a container.
FROM python:3.11-slim-bookworm

WORKDIR /opt/actmine
COPY requirements-lock.txt ./
# PyTorch's CPU build, which PyPI lacks.
ENV PIP_EXTRA_INDEX_URL=https://download.pytorch.org/whl/cpu
RUN python -m pip install --no-cache-dir --no-deps --require-hashes --requirement requirements-lock.txt
COPY pyproject.toml setup.py README.md LICENSE Snakefile ./
COPY config config
COPY profiles profiles
COPY rules rules
COPY workflow workflow
COPY workflow_scripts workflow_scripts
RUN python -m pip install --no-cache-dir --no-deps --no-build-isolation .

# Snakemake and Matplotlib keep caches there, whoever the user is.
ENV HOME=/tmp
WORKDIR /work
ENTRYPOINT ["actmine"]
CMD ["demo"]
