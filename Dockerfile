# One image for console, pipeline and model service; the target `airflow` is the same with Airflow beside it.

FROM python:3.11.14-slim-trixie AS base
ENV PATH=/opt/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1


FROM base AS build
ENV UV_LINK_MODE=copy UV_PYTHON_DOWNLOADS=never VIRTUAL_ENV=/opt/venv
RUN pip install --no-cache-dir uv==0.13.9 && uv venv /opt/venv
WORKDIR /opt/kulanz
COPY pyproject.toml constraints.txt README.md LICENSE ./
RUN uv pip install --no-cache --compile-bytecode --constraint constraints.txt \
    --requirement pyproject.toml --extra networks --extra s3 --extra elastic --extra otel
COPY . .
RUN uv pip install --no-cache --no-deps --editable . && python -m compileall -q config dags listeners responders sentiment trends


FROM build AS build-airflow
RUN uv pip install --no-cache --compile-bytecode --constraint constraints.txt \
    --requirement pyproject.toml --extra networks --extra s3 --extra elastic --extra otel --extra airflow --extra airflow-users --extra airflow-kubernetes


FROM base AS runtime
# pg_dump and pg_restore, for backups; Debian keeps one version of them, so that a pin would break builds.
# hadolint ignore=DL3008
RUN apt-get update \
    && apt-get install -y --no-install-recommends postgresql-client \
    && rm -rf /var/lib/apt/lists/* \
    && useradd --system --uid 10001 --home-dir /var/lib/kulanz --create-home kulanz
ENV KULANZ_VAR=/var/lib/kulanz
WORKDIR /opt/kulanz
VOLUME /var/lib/kulanz


FROM runtime AS airflow
COPY --from=build-airflow /opt/venv /opt/venv
COPY --from=build-airflow /opt/kulanz /opt/kulanz
RUN mkdir --parents /opt/airflow/logs && chown --recursive kulanz /opt/airflow
ENV AIRFLOW_HOME=/opt/airflow \
    AIRFLOW__CORE__DAGS_FOLDER=/opt/kulanz/dags \
    AIRFLOW__CORE__LOAD_EXAMPLES=False \
    PYTHONPATH=/opt/kulanz
USER 10001
EXPOSE 8080
# No entry point: the Helm chart and the executor for Kubernetes give whole commands.
CMD ["airflow", "api-server"]


FROM runtime AS kulanz
COPY --from=build /opt/venv /opt/venv
COPY --from=build /opt/kulanz /opt/kulanz
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
ENTRYPOINT ["kulanz"]
CMD ["web", "--host", "0.0.0.0"]
