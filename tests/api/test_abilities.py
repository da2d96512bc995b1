"""What models take and make, as servers tell of it."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from neurotui.api.abilities import UNKNOWN, Abilities, read_abilities
from neurotui.api.catalogue import read_models

words = st.sampled_from(["architecture", "input_modalities", "capabilities", "vision", "supports", "text"])
json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5) | words,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(words, inner, max_size=4),
)


@pytest.mark.parametrize(
    ("told", "takes", "makes"),
    [
        (
            {"architecture": {"input_modalities": ["text", "image", "file"], "output_modalities": ["text"]}},
            {"text", "image", "file"},
            {"text"},
        ),
        ({"architecture": {"modality": "text+image->text+audio"}}, {"text", "image"}, {"text", "audio"}),
        ({"input_modalities": ["TEXT", "Images"], "output_modalities": []}, {"text", "image"}, None),
        ({"supported_input_modalities": ["text", "audio"]}, {"text", "audio"}, None),
        ({"modalities": {"input": ["text", "pdf"], "output": ["image"]}}, {"text", "file"}, {"image"}),
        ({"capabilities": {"completion_chat": True, "vision": True}}, {"text", "image"}, None),
        ({"capabilities": {"vision": False}}, {"text"}, None),
        ({"capabilities": {"supports": {"vision": True}}}, {"text", "image"}, None),
        ({"capabilities": ["completion", "multimodal"]}, {"text", "image"}, None),
        ({"capabilities": ["completion", "tools"]}, {"text"}, None),
        ({"capabilities": ["tool_use"]}, None, None),
        ({"model_info": {"supports_vision": True, "supports_pdf_input": None}}, {"text", "image"}, None),
        ({"model_info": {"supports_vision": None}}, None, None),
        ({"type": "vlm"}, {"text", "image"}, None),
        ({"architecture": "x", "modalities": ["text"], "capabilities": 7, "type": []}, None, None),
        ({"input_modalities": ["x" * 41, 7, "", None, "video"]}, {"video"}, None),
        ({}, None, None),
    ],
)
def test_contents_wherever_they_stand(
    told: dict[str, object], takes: set[str] | None, makes: set[str] | None
) -> None:
    [model] = read_models([{"id": "x"} | told]) or []
    assert (model.abilities.takes, model.abilities.makes) == (takes, makes)


def test_calls_are_told_in_the_words_of_the_server() -> None:
    told = {"id": "x", "supported_endpoint_types": ["openai", "image-generation"]}
    [model] = read_models([told]) or []
    assert model.abilities == Abilities(endpoints=frozenset({"openai", "image-generation"}))


def test_what_makes_no_text_does_not_chat() -> None:
    assert not Abilities(makes=frozenset({"image"})).for_chat
    assert Abilities(makes=frozenset({"image", "text"})).for_chat
    assert UNKNOWN.for_chat


@pytest.mark.parametrize(
    ("told", "length"),
    [
        ({"top_provider": {"max_completion_tokens": 16_384}}, 16_384),
        ({"max_completion_tokens": 8192}, 8192),
        ({"model_info": {"max_output_tokens": 4096}}, 4096),
        ({"max_completion_tokens": "many"}, None),
        ({"top_provider": {"max_completion_tokens": None}}, None),
    ],
)
def test_the_longest_answer(told: dict[str, object], length: int | None) -> None:
    [model] = read_models([{"id": "x"} | told]) or []
    assert model.max_completion_tokens == length


@settings(suppress_health_check=[HealthCheck.too_slow])
@given(st.dictionaries(words, json, max_size=6))
def test_any_object_is_read(item: dict[str, object]) -> None:
    read_abilities(item)
