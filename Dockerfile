FROM python:3.13-slim

# Nothing is built: every dependency comes as a wheel, pinned by version and hash.
ENV PYTHONUNBUFFERED=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /app
COPY requirements.txt .
RUN pip install --require-hashes -r requirements.txt
COPY bot bot
COPY cogs cogs

RUN useradd --create-home earshot && mkdir /data && chown earshot /data
USER earshot
ENV DATABASE_URL=sqlite:////data/earshot.db
VOLUME /data
CMD ["python", "-m", "bot", "run"]
