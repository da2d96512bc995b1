"""The signs of formulas: LaTeX commands in Unicode."""

from __future__ import annotations


def _pairs(text: str) -> dict[str, str]:
    names = text.split()
    return dict(zip(names[::2], names[1::2], strict=True))


RAISED = dict(
    zip(
        "0123456789+−-=()abcdefghijklmnoprstuvwxyzABDEGHIJKLMNOPRTUVWαβγδθ",
        "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻⁼⁽⁾ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻᴬᴮᴰᴱᴳᴴᴵᴶᴷᴸᴹᴺᴼᴾᴿᵀᵁⱽᵂᵅᵝᵞᵟᶿ",
        strict=True,
    )
)
LOWERED = dict(
    zip("0123456789+−-=()aehijklmnoprstuvxβγρφχ", "₀₁₂₃₄₅₆₇₈₉₊₋₋₌₍₎ₐₑₕᵢⱼₖₗₘₙₒₚᵣₛₜᵤᵥₓᵦᵧᵨᵩᵪ", strict=True)
)
DOUBLE = _pairs("N ℕ Z ℤ Q ℚ R ℝ C ℂ P ℙ H ℍ E 𝔼 F 𝔽 1 𝟙")
ROOTS = {"": "√", "2": "√", "3": "∛", "4": "∜"}
FRACTIONS = {("1", "2"): "½", ("1", "3"): "⅓", ("2", "3"): "⅔", ("1", "4"): "¼", ("3", "4"): "¾"}
ACCENTS = {
    "overline": "\u0305",
    "underline": "\u0332",
    "hat": "\u0302",
    "widehat": "\u0302",
    "bar": "\u0304",
    "vec": "\u20d7",
    "dot": "\u0307",
    "ddot": "\u0308",
    "tilde": "\u0303",
}
"""Combining marks that follow the letter."""

FUNCTIONS = frozenset(
    {"sin", "cos", "tan", "cot", "sec", "csc", "arcsin", "arccos", "arctan", "sinh", "cosh", "tanh", "log"}
    | {"ln", "lg", "exp", "lim", "limsup", "liminf", "max", "min", "sup", "inf", "det", "dim", "ker", "deg"}
    | {"gcd", "arg", "hom", "Pr", "mod", "bmod"}
)
"""Functions, written by their names."""

BETWEEN = _pairs(
    "times × div ÷ pm ± mp ∓ ast ∗ star ⋆ circ ∘ oplus ⊕ otimes ⊗ odot ⊙ wedge ∧ vee ∨ land ∧ lor ∨ le ≤ "
    "leq ≤ leqslant ≤ ge ≥ geq ≥ geqslant ≥ ne ≠ neq ≠ approx ≈ equiv ≡ sim ∼ simeq ≃ cong ≅ propto ∝ ll ≪ "
    "gg ≫ prec ≺ succ ≻ in ∈ notin ∉ ni ∋ subset ⊂ subseteq ⊆ supset ⊃ supseteq ⊇ cup ∪ cap ∩ setminus ∖ "
    "to → gets ← rightarrow → leftarrow ← leftrightarrow ↔ Rightarrow ⇒ Leftarrow ⇐ Leftrightarrow ⇔ "
    "implies ⟹ iff ⟺ longrightarrow ⟶ mapsto ↦ rightleftharpoons ⇌ perp ⊥ parallel ∥ mid | vdash ⊢ models ⊨ "
    "therefore ∴ because ∵ = = < < > >"
)
"""Relations and operations, with a space on both sides."""

SIGNS = _pairs(
    "alpha α beta β gamma γ delta δ epsilon ε varepsilon ε zeta ζ eta η theta θ vartheta ϑ iota ι kappa κ "
    "lambda λ mu μ nu ν xi ξ omicron ο pi π varpi ϖ rho ρ varrho ϱ sigma σ varsigma ς tau τ upsilon υ phi φ "
    "varphi φ chi χ psi ψ omega ω Gamma Γ Delta Δ Theta Θ Lambda Λ Xi Ξ Pi Π Sigma Σ Upsilon Υ Phi Φ Psi Ψ "
    "Omega Ω cdot · bullet • neg ¬ lnot ¬ emptyset ∅ varnothing ∅ forall ∀ exists ∃ nexists ∄ uparrow ↑ "
    "downarrow ↓ infty ∞ partial ∂ nabla ∇ sum ∑ prod ∏ int ∫ iint ∬ iiint ∭ oint ∮ ldots … cdots ⋯ dots … "
    "vdots ⋮ ddots ⋱ angle ∠ degree ° vert | Vert ‖ ell ℓ hbar ℏ Re ℜ Im ℑ aleph ℵ langle ⟨ rangle ⟩ "
    "lfloor ⌊ rfloor ⌋ lceil ⌈ rceil ⌉ prime ′ dagger † triangle △ square □ blacksquare ■ checkmark ✓ "
    "lbrace { rbrace } top ⊤ bot ⊥ colon : backslash \\ { { } } % % $ $ # # & & _ _ | ‖"
) | {
    **dict.fromkeys(("quad", "qquad", ",", ";", ":", " ", ">", "thinspace"), " "),
    **dict.fromkeys(("!", "limits", "nolimits", "displaystyle", "textstyle", "nonumber", "middle"), ""),
}
"""All other commands, LaTeX's spaces among them."""
