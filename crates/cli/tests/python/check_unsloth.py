"""Checks the keyword arguments of train.py for Unsloth against Unsloth's source, since importing it needs a GPU."""
import ast
import importlib.util
import pathlib

folder = pathlib.Path(importlib.util.find_spec("unsloth").origin).parent / "models"
calls = {}
for node in ast.walk(ast.parse(pathlib.Path("train.py").read_text())):
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr in ("from_pretrained", "get_peft_model"):
        calls[node.func.attr] = {keyword.arg for keyword in node.keywords if keyword.arg}
calls["get_peft_model"] |= {"r", "lora_alpha", "lora_dropout", "target_modules", "layers_to_transform"}
for file, name in (("loader.py", "from_pretrained"), ("llama.py", "get_peft_model")):
    found = [n for n in ast.walk(ast.parse((folder / file).read_text())) if isinstance(n, ast.FunctionDef) and n.name == name]
    known = {argument.arg for argument in found[0].args.args + found[0].args.kwonlyargs}
    assert calls[name] <= known, f"{name} has no {calls[name] - known}"
