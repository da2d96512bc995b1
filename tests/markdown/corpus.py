"""Documents as models write them, and as nobody does."""

from __future__ import annotations

_LONG = (
    "The *quick* brown fox `jumps` over the **lazy dog**, and (then) it [runs](https://example.com/x) away. "
    "Ещё немного текста, 5*3 = 15 для веса, и $x^2$. "
)

CORPUS = {
    "prose": """# Заголовок

Привет, *мир*! This is a **paragraph** with `code`, ~~no~~ and a [link](https://example.com/x "title"), and
https://auto.link.ru/path?x=1. И $x^2$ стоит $5, а 2**10 = 1024, snake_case и __init__.
Вторая строка.\\
Третья, с <b>HTML</b>, <!-- comment --> &amp; &copy; &#8364;.

## Setext too
Text
====
Another
---
""",
    "lists": """- one
- two **bold**
  continued
  - nested a
  - nested b

    a paragraph in the nested item
- three

1. first
1. second

   with a paragraph

   ```python
   def f(x):
       return x
   ```
1. third
10) ten
11) eleven

- [ ] to do
- [x] done
  1. [ ] ordered to do

* loose

* list

*
  begins below

- - - deep at once
""",
    "deep lists": "\n".join("  " * level + f"- item {level}" for level in range(30)) + "\n- back\n",
    "quotes": """> A quote
> of two lines
lazy here
>
> - item in a quote
>   - nested
lazy there
> > deeper
> > ```
> > code in it
> > ```
> 1. numbered

> > > three
>
> back
""",
    "tables": """| Имя | 値 | Emoji |
|:--|--:|:-:|
| Иван | 日本語 | 👩‍👩‍👧 |
| **b** | `c` | 🇷🇺 |
| one cell |
| a | b | c | too many |

Text | with | pipes
---|---|---
x | y | z

| Only | a head |
|---|---|

not | a
table
"""
    + "| A | B |\n|---|---|\n"
    + "".join(f"| row {row} | {'wide ' * (row % 7)} |\n" for row in range(60)),
    "lines in cells": """| a<br>b | c<BR/>d |
|:-:|--:|
| one <br> **two<br />three** | x<br> |
| `<br>` and \\<br> | | \n| e<br>f | g |

Text<br>goes on.

- a<br>b
""",
    "bars in cells": """| f | d |
|---|---|
| $|x|$ | b |
| `a||b` | c |
| \\(P(A|B)\\) | **d** | e |
| $|x|$ |
| `|
""",
    "code": """Before
```python
class A:
    '''A docstring
    of two lines'''
    def f(self) -> None:  # comment
        return f"{self!r}"
```
After
~~~
no language
  ```
~~~

    indented
      code

    goes on

```js
/* a comment
   that is long */
const x = `a
${b}`;
```
```nosuchlanguage info string
x
```
```diff
- old
+ new
```
```

unclosed
"""
    + "".join(f"line {line}\n" for line in range(40)),
    "code in code": """Here is your README:

```markdown
# Name

```bash
pip install name
```

## Use

````python
print(1)
```
````
- item

  ```js
  let x
  ```
```
Its source:

- ~~~ md
  ~~~c
  int x;
  ~~~
  text
  ~~~

````markdown
```sh
ls
````
**End.**
""",
    "long code in code": "```md\n"
    + "".join(f"# {line}\n```python\ndef f{line}():\n    pass\n```\n" for line in range(40))
    + "```\n**end**",
    "code that never closes in code": "Open code with:\n```markdown\n```python\n```\nThen **more**:\n"
    "```\nx\n```\nand:\n\n- ```md\n  ```c\n\nend\n",
    "long code": "```python\n"
    + "".join(
        f"def f{line}():\n    '''doc\n    string {line}'''\n    return {line}\n\n" for line in range(40)
    )
    + "```\nend",
    "indented code": "text\n\n"
    + "".join(f"    line {line}\n" + "\n" * (line % 5 == 4) for line in range(70)),
    "notes and targets": """Use [foo] and [the bar][bar], and a note[^1], another[^note].
![an image](https://i.mg/a.png)

[foo]: https://foo.example "Title"
[bar]: <https://bar.example/a b>
[^1]: The note
    goes on.

    With a paragraph.
[^note]: Second.

[foo] again. [nowhere] and [x](javascript:alert(1)).
""",
    "formulas": r"""Inline $a^2 + b^2 = c^2$, \(x_i\), \[y\] and $$z$$.

$$
\frac{-b \pm \sqrt{b^2-4ac}}{2a}
$$

\[
A = \begin{pmatrix} 1 & 2 \\ 3 & 4 \end{pmatrix}
\]

$$ x = 1 $$

It costs $5 and $10, or $3.

$$
never closed

- item
""",
    "no formulas": r"""Call f\(x\), then arr\[0\] = 1 and \(x^2\); see \[1\] and \(this\), $a==$b, $FOO$BAR.

\[
"one", "two"
\]

\[0\]

- \[ x = 1 \]
- \[x\] done

| f\(x\) | \(x_1\) |
|--|--|
| $5 and $10 | $x$ and ${y} |

$$
two words
$$

\[
x never closed

$$
words never closed
""",
    "emphasis beside punctuation": """\
**Важно:**текст, и**«Слово»**и, *«х»*у, __Да:__нет, **重要：**文, 中文**（x）**中文.

- **Пункт 1:**текст и **`код`**и **[текст](https://a.example)**и ~~старое.~~новое
- 2*3*4, f(*a,*b), {**a,**b}, foo.*bar.*baz, 2**(a+b)**3, **«never closed

| **a:**b | *«c»*d |
|---|---|
| **«e»**f | «https://a.example/x» |
""",
    "rules": """***
- - -
___
text
***

-
+
*

#
#\x20
#no heading
####### seven
# closed #
""",
    "long paragraphs": f"{_LONG * 12}\n\n- {_LONG * 12}\n\n> {_LONG * 12}\nlazy {_LONG * 3}\n\n"
    + f"{'word ' * 600}\n{'日本語 ' * 400}\n{'x' * 5000}\n\n**never closed {_LONG * 9}\n-\n",
    "hostile": "\x1b]52;c;QUJD\x07 \x9b31m \u202eevil\u202c &#x202e; &NewLine; [/x] [@click=app.quit]x[/]"
    "\r\nCRLF\r\na\u2028b\u0085c\x0bd "
    + "\U000e0041" * 5
    + " z"
    + "\u0301" * 20
    + "\t\ttabs\n"
    + "> " * 60
    + "deep\n"
    "after\n" + "[" * 500 + "\n" + "*a **b " * 200 + "\n\n" + "- " * 50 + "x\nend\n",
    "empty": "",
    "blank": "\n\n   \n\n",
    "no newline at the end": "- a\n- b\n  - c",
}
"""By name."""
