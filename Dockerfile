FROM python:3.11.13-slim-bookworm

# OpenCV, which memvid brings along, wants these two.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --uid 10001 socrate \
    && install --directory --owner socrate --group socrate --mode 0700 /data

WORKDIR /app

# E.g. --build-arg PIP_ARGS="--extra-index-url ..." with PyTorch's index of CPU builds, for an image without CUDA.
ARG PIP_ARGS=""
COPY requirements.txt .
RUN pip install --no-cache-dir --disable-pip-version-check ${PIP_ARGS} -r requirements.txt

COPY . .
RUN python -m compileall -q bot db processing storage main.py worker.py wiring.py settings.py errors.py

ENV PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1 \
    DATA_DIR=/data \
    HOST=0.0.0.0 \
    PORT=8080

USER socrate
VOLUME /data
EXPOSE 8080
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=15s --timeout=5s --start-period=60s --retries=3 \
    CMD ["python", "-c", "import os, urllib.request; urllib.request.urlopen(f'http://127.0.0.1:{os.environ[\"PORT\"]}/healthz', timeout=4)"]
CMD ["python", "main.py"]
