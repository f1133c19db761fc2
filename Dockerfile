# Nothing is compiled: every dependency comes as a wheel, pinned by version and hash. pip and its caches stay behind.
FROM python:3.13-slim AS dependencies
WORKDIR /build
COPY requirements.txt .
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --disable-pip-version-check --require-hashes -r requirements.txt \
    && /venv/bin/pip uninstall --yes --quiet pip

FROM python:3.13-slim
RUN useradd --uid 10001 --create-home earshot && mkdir /data && chown earshot: /data
COPY --from=dependencies /venv /venv
WORKDIR /app
COPY bot bot
COPY cogs cogs
# So that nothing needs to be written here: the root file system may be read-only, but for /data and /tmp.
RUN /venv/bin/python -m compileall -q bot cogs

ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 \
    DATABASE_URL=sqlite:////data/earshot.db HTTP_PORT=8080
USER 10001
VOLUME /data
EXPOSE 8080
HEALTHCHECK --interval=30s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"HTTP_PORT\"]}/healthz', timeout=4)"]
CMD ["python", "-m", "bot", "run"]
