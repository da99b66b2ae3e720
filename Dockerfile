FROM python:3.11.13-slim-bookworm

# OpenCV, which memvid brings along, wants these two.
RUN apt-get update \
    && apt-get install --yes --no-install-recommends libgl1 libglib2.0-0 \
    && rm -rf /var/lib/apt/lists/*

RUN useradd --create-home --uid 10001 socrate \
    && install --directory --owner socrate --group socrate --mode 0700 /data

WORKDIR /app

COPY requirements.txt requirements-torch.txt ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps -r requirements.txt
# PyTorch has no hashes; requirements-torch.txt says why. For an image without CUDA:
# --build-arg TORCH_PIP_ARGS="--extra-index-url ..." with PyTorch's index of CPU builds.
ARG TORCH_PIP_ARGS=""
RUN pip install --no-cache-dir --disable-pip-version-check ${TORCH_PIP_ARGS} -r requirements-torch.txt

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
