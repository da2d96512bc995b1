"""The servers that can be chosen by name."""

from __future__ import annotations

from dataclasses import dataclass

from neurotui.settings.config import DEFAULT_PROFILE


@dataclass(frozen=True, slots=True)
class Preset:
    """A well-known server."""

    profile: str
    """Name of the server's profile in the settings."""
    title: str
    base_url: str
    keys_at: str = ""
    """Page on which its API keys are made; empty if it needs none."""


PRESETS = (
    Preset(DEFAULT_PROFILE, "NeuroAPI", "https://neuroapi.host/v1", "neuroapi.host"),
    Preset("openai", "OpenAI", "https://api.openai.com/v1", "platform.openai.com/api-keys"),
    Preset("openrouter", "OpenRouter", "https://openrouter.ai/api/v1", "openrouter.ai/keys"),
    Preset("deepseek", "DeepSeek", "https://api.deepseek.com/v1", "platform.deepseek.com/api_keys"),
    Preset("ollama", "Ollama", "http://localhost:11434/v1"),
    Preset("lmstudio", "LM Studio", "http://localhost:1234/v1"),
    Preset("llamacpp", "llama.cpp", "http://localhost:8080/v1"),
)


def preset_at(base_url: str) -> Preset | None:
    """Return the preset at an address; None if there is none."""
    address = base_url.strip().rstrip("/")
    return next((preset for preset in PRESETS if preset.base_url == address), None)
