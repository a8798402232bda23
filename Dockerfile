# custseg as an image: docs/install.md says how to build it and run it.
FROM python:3.13-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1 PIP_NO_COMPILE=1
WORKDIR /source
COPY requirements/build.txt requirements/run.txt requirements/
RUN python -m venv /opt/custseg && /opt/custseg/bin/pip install --require-hashes -r requirements/run.txt
RUN python -m venv /opt/build && /opt/build/bin/pip install --require-hashes -r requirements/build.txt
COPY LICENSE README.md hatch_build.py pyproject.toml ./
COPY src src
RUN /opt/build/bin/pip wheel --no-deps --no-build-isolation --wheel-dir /dist . \
    && /opt/custseg/bin/pip install --no-deps /dist/*.whl \
    && /opt/custseg/bin/pip uninstall --yes pip
# No run needs what libraries test themselves with. The demo leaves the bytecode of what runs import
# behind, which could not be written beside it later.
RUN find /opt/custseg/lib -depth -type d -name tests -exec rm -r {} + \
    && HOME=/tmp /opt/custseg/bin/custseg run-all demo --quick --workspace /tmp/demo

FROM python:3.13-slim-trixie
COPY --from=build /opt/custseg /opt/custseg
RUN install --directory --mode 0700 --owner 10001 --group 10001 /work
# The key that signs records is kept in $HOME, so beside the workspace, in the volume.
ENV HOME=/work PATH=/opt/custseg/bin:$PATH PYTHONDONTWRITEBYTECODE=1
USER 10001:10001
WORKDIR /work
ENTRYPOINT ["custseg"]
CMD ["--help"]
