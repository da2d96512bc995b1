"""Servers that tell prices, each as its kind does: what they answer, for `Server(paths=…)`."""

from __future__ import annotations

import json
from typing import Any

from tests.servers import Exchange, Script, refuse

NEW_API: dict[str, Any] = {
    "success": True,
    "data": [
        {
            "model_name": "gpt-5-mini",
            "quota_type": 0,
            "model_ratio": 0.125,
            "model_price": 0,
            "owner_by": "",
            "completion_ratio": 8,
            "cache_ratio": 0.1,
            "enable_groups": ["default", "vip"],
            "supported_endpoint_types": ["openai"],
        },
        {
            "model_name": "painter",
            "quota_type": 1,
            "model_ratio": 0,
            "model_price": 0.04,
            "owner_by": "",
            "completion_ratio": 0,
            "enable_groups": ["default"],
            "supported_endpoint_types": ["image-generation"],
        },
        {
            "model_name": "tiered",
            "quota_type": 0,
            "model_ratio": 1,
            "completion_ratio": 2,
            "billing_mode": "tiered_expr",
            "billing_expr": "p * 2",
            "enable_groups": ["default"],
        },
    ],
    "vendors": [],
    "group_ratio": {"default": 1, "vip": 0.5},
    "usable_group": {"default": "Default", "vip": "VIP"},
    "supported_endpoint": {},
    "auto_groups": [],
}
"""`/api/pricing`. A million tokens of gpt-5-mini are 0.25 dollars, of its answers 2 dollars."""
OPENROUTER: dict[str, Any] = {
    "data": [
        {
            "id": "gpt-5-mini",
            "name": "OpenAI: GPT-5 Mini",
            "context_length": 400_000,
            "architecture": {"input_modalities": ["text", "image"], "output_modalities": ["text"]},
            "pricing": {"prompt": "0.00000025", "completion": "0.000002", "input_cache_read": "0.000000025"},
            "top_provider": {"max_completion_tokens": 128_000},
        },
        {"id": "auto", "pricing": {"prompt": "-1", "completion": "-1"}},
    ]
}
"""`/models`, at the same prices."""
LITELLM: dict[str, Any] = {
    "data": [
        {
            "model_name": "gpt-5-mini",
            "litellm_params": {"model": "openai/gpt-5-mini"},
            "model_info": {"input_cost_per_token": 2.5e-07, "output_cost_per_token": 2e-06},
        }
    ]
}
"""`/model/info`, at the same prices."""
PLAIN = {"object": "list", "data": [{"id": "gpt-5-mini", "object": "model"}]}


def telling(document: Any, status: int = 200) -> Script:
    """A script that answers with a document, or with bytes as they are."""

    async def script(exchange: Exchange) -> None:
        data = document if isinstance(document, bytes) else json.dumps(document).encode()
        await exchange.body(status, data)

    return script


def new_api(pricing: Any = NEW_API) -> dict[str, Script]:
    """The paths of a New API gateway: its list of models tells no prices."""
    return {
        "/v1/models": telling(PLAIN),
        "/api/pricing": pricing if callable(pricing) else telling(pricing),
        "/model/info": refuse(404),
    }


def openrouter(models: Any = OPENROUTER) -> dict[str, Script]:
    return {"/models": telling(models)}


def litellm(info: Any = LITELLM) -> dict[str, Script]:
    return {"/v1/models": telling(PLAIN), "/api/pricing": refuse(404), "/model/info": telling(info)}
