FROM python:3.11.13-slim-bookworm

RUN useradd --create-home --uid 10001 socrate \
    && install --directory --owner socrate --group socrate --mode 0700 /data

WORKDIR /app

COPY requirements.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements.txt

COPY . .
RUN python -m compileall -q bot sandbox db processing storage main.py worker.py wiring.py settings.py errors.py

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8080

# Readers of files lock themselves; that needs no root, no capability and no profile of its own (docs/decisions/0016).
USER socrate
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
CMD ["python", "main.py"]
