"""What all tests share: the option for slow measurements, and a model that answers in milliseconds."""

from __future__ import annotations

from pathlib import Path

import hypothesis
import pytest

# An example that takes long says that the machine is busy, not that the code is wrong.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

BENCH = Path(__file__).parent / "bench"


def pytest_addoption(parser):
    parser.addoption(
        "--benchmark", action="store_true", help="Run the slow measurements of tests/bench, and kill more often."
    )


def pytest_ignore_collect(collection_path, config):
    """Leave tests/bench alone unless it is asked for."""
    return True if collection_path == BENCH and not config.getoption("--benchmark") else None


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory):
    """A whole model folder with random weights, for everything that is not about the quality of the answers."""
    from installation import write_tiny_model

    return write_tiny_model(tmp_path_factory.mktemp("tiny-model"))


@pytest.fixture(scope="session")
def tiny_classifier(tiny_model):
    from models.classifier import Classifier
    from monitor import settings

    return Classifier.load(tiny_model, settings.load(settings.shipped_config().parent).reasons)


@pytest.fixture
def net(monkeypatch):
    """YouTube, VK, Mastodon and Bluesky, played on loopback; the keys that they want are in the environment."""
    import platforms

    monkeypatch.setenv("SENIM_AUTHOR_SECRET", "secret of the tests")
    monkeypatch.setenv("SENIM_YOUTUBE_KEY", platforms.KEY)
    monkeypatch.setenv("SENIM_VK_TOKEN", platforms.TOKEN)
    monkeypatch.setenv("SENIM_BLUESKY_HANDLE", "monitor.example")
    monkeypatch.setenv("SENIM_BLUESKY_PASSWORD", platforms.PASSWORD)
    with platforms.serve() as world:
        yield world
