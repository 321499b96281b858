# syntax=docker/dockerfile:1
# The gateway as an image: `docker build -t northern-inference .`, or `make image` where there is no Docker.
#
# BASE is a Debian or Ubuntu; what it lacks of Python and of roots of trust is installed. `make image` makes one from
# Debian's packages, in which nothing is lacking. Wheels of every library exist for amd64 and arm64.
ARG BASE=docker.io/library/debian:bookworm-slim
ARG BUILDER=${BASE}

FROM ${BUILDER} AS build
RUN python3 -m venv --help >/dev/null 2>&1 && python3 -c "import ensurepip" \
    || (apt-get update && apt-get install -y --no-install-recommends python3 python3-venv ca-certificates)
COPY requirements.txt requirements-build.txt /src/
RUN python3 -m venv /build && python3 -m venv /opt/ni \
    && /build/bin/python -m pip install --no-cache-dir --no-deps --require-hashes -r /src/requirements-build.txt \
    && /opt/ni/bin/python -m pip install --no-cache-dir --no-deps --require-hashes --only-binary :all: -r /src/requirements.txt
COPY pyproject.toml README.md LICENSE NOTICE app.py ni_verify.py /src/
COPY ni /src/ni
COPY static /src/static
COPY templates /src/templates
COPY docs /src/docs
COPY tests/user_run_tests/integrations /src/tests/user_run_tests/integrations
RUN cd /src && /build/bin/python -m build --no-isolation --wheel --outdir /dist . \
    && /opt/ni/bin/python -m pip install --no-cache-dir --no-deps /dist/*.whl \
    && /opt/ni/bin/python -m pip check \
    && /opt/ni/bin/python -m pip uninstall --yes pip setuptools
# What no program of the gateway imports: the libraries' own tests, and the places and carriers of phone numbers.
RUN cd /opt/ni/lib/python3*/site-packages && find . -type d -name tests -prune -exec rm -rf {} + \
    && rm -rf phonenumbers/geodata phonenumbers/carrierdata phonenumbers/tzdata \
    && rm -f /opt/ni/bin/activate* /opt/ni/bin/Activate*
# The folder of the data, as the user of the image owns it: a new volume takes its owner from here.
RUN mkdir -p -m 0700 /data/ni && chown -R 65532:65532 /data/ni

FROM ${BASE}
ARG REVISION=unknown
ARG VERSION=unknown
LABEL org.opencontainers.image.title="Northern Inference" \
      org.opencontainers.image.description="A self-hosted OpenAI-compatible gateway that masks personal data" \
      org.opencontainers.image.licenses="MIT" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
RUN command -v python3 >/dev/null \
    || (apt-get update && apt-get install -y --no-install-recommends python3 ca-certificates libstdc++6 \
        && rm -rf /var/lib/apt/lists/* /var/cache/apt/* /usr/share/doc/* /usr/share/man/*)
COPY --from=build /opt/ni /opt/ni
COPY --from=build --chown=65532:65532 /data/ni /data/ni
ENV PATH=/opt/ni/bin:/usr/local/bin:/usr/bin:/bin \
    NI_HOME=/data/ni \
    NI_BIND=0.0.0.0:8000 \
    PYTHONUNBUFFERED=1
# Every shared library that is needed is there.
RUN NI_HOME=/nowhere ni --version && python3 -c "import numpy, psycopg, cryptography.hazmat.bindings._rust"
# A number, so that Kubernetes can tell that it is not root.
USER 65532:65532
WORKDIR /data/ni
VOLUME /data/ni
EXPOSE 8000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s CMD \
    ["python3", "-I", "-c", "import urllib.request as r; r.urlopen('http://127.0.0.1:8000/readyz', timeout=4)"]
ENTRYPOINT ["ni"]
CMD ["serve"]
