# La imagen de todos los servicios de Timonel. Sin compilador, sin shell de más y sin ser root.
# Fije la base por su resumen: docker build --build-arg BASE=python:3.12-slim-bookworm@sha256:…
ARG BASE=python:3.12-slim-bookworm

FROM ${BASE} AS obra
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 UV_PYTHON_DOWNLOADS=never UV_LINK_MODE=copy
RUN python -m pip install uv==0.13.8
WORKDIR /app
COPY pyproject.toml uv.lock README.md LICENSE ./
# Primero las bibliotecas: cambiar el código no las vuelve a instalar.
RUN uv sync --frozen --no-default-groups --no-install-project
COPY . .
RUN uv sync --frozen --no-default-groups && python -m compileall -q /app -x '/app/(tests|benchmarks)/'

FROM ${BASE}
ENV PATH=/app/.venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 TIMONEL_DATOS=/datos HOME=/tmp
RUN groupadd --gid 10001 timonel \
    && useradd --uid 10001 --gid 10001 --no-create-home --home-dir /tmp --shell /usr/sbin/nologin timonel \
    && install -d -o timonel -g timonel -m 0750 /datos \
    && install -d -o timonel -g timonel -m 0755 /pulso
WORKDIR /app
COPY --from=obra /app /app
USER 10001:10001
VOLUME /datos
# compose.yaml dice qué hace cada servicio; a secas, enseña las órdenes.
CMD ["timonel", "--help"]
