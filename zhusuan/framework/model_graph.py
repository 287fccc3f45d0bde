"""The directed graph of a model's nodes, as text or as a picture."""
from typing import Any, Dict, NamedTuple, Optional, Sequence, Tuple

__all__ = ["ModelGraph", "Vertex"]


class Vertex(NamedTuple):
    """A node of a :class:`ModelGraph`.

    >>> from zhusuan.framework.model_graph import Vertex
    >>> Vertex("x", "Normal", is_observed=True).name
    'x'
    """

    name: str
    """The name of the node."""
    distribution: Optional[str]
    """The class name of its distribution; None for a deterministic node or factor."""
    is_observed: bool
    """Whether the value of the node is an observation."""
    is_factor: bool = False
    """Whether the node is a term of the log joint density."""


class ModelGraph:
    """The direct dependences between the nodes of a model.

    ``print(graph)`` prints the text of a `Mermaid <https://mermaid.js.org>`_
    flowchart. A notebook displays a picture: Graphviz draws it if the Python package
    `graphviz` and the program `dot` are installed; otherwise the notebook renders the
    Mermaid text. Stochastic nodes are round, observed nodes grey, deterministic nodes
    rectangular, factors hexagonal.

    :param vertices: A list of :class:`Vertex`.
    :param edges: A list of pairs of names, (parent, child).

    >>> from zhusuan.framework.model_graph import ModelGraph, Vertex
    >>> graph = ModelGraph([Vertex("z", "Normal", False), Vertex("x", "Normal", True)],
    ...                    [("z", "x")])
    >>> graph.parents("x")
    ('z',)
    """

    def __init__(self, vertices: Sequence[Vertex],
                 edges: Sequence[Tuple[str, str]]) -> None:
        self._vertices, self._edges = tuple(vertices), tuple(edges)

    @property
    def nodes(self) -> Tuple[str, ...]:
        """A tuple of the names of all nodes, in the order in which they were added."""
        return tuple(vertex.name for vertex in self._vertices)

    @property
    def vertices(self) -> Tuple[Vertex, ...]:
        """A tuple of :class:`Vertex`, in the order in which nodes were added."""
        return self._vertices

    @property
    def edges(self) -> Tuple[Tuple[str, str], ...]:
        """A tuple of pairs of names, (parent, child)."""
        return self._edges

    def parents(self, name: str) -> Tuple[str, ...]:
        """A tuple of the names of the nodes that the node `name` depends on."""
        return tuple(parent for parent, child in self._edges if child == name)

    @property
    def mermaid(self) -> str:
        """The text of a Mermaid flowchart."""
        number = {name: "n%d" % i for i, name in enumerate(self.nodes)}
        lines = ["flowchart TD"]
        lines += ["    " + _mermaid_node(number[v.name], v) for v in self._vertices]
        lines += ["    %s --> %s" % (number[parent], number[child])
                  for parent, child in self._edges]
        if any(vertex.is_observed for vertex in self._vertices):
            lines.append("    classDef observed fill:#ccc,color:#000")
        return "\n".join(lines)

    @property
    def dot(self) -> str:
        """The text of the graph in the DOT language of Graphviz."""
        lines = ["    " + _dot_node(vertex) for vertex in self._vertices]
        lines += ["    %s -> %s;" % (_quote_for_dot(parent), _quote_for_dot(child))
                  for parent, child in self._edges]
        return "\n".join(["digraph {", *lines, "}"])

    def graphviz(self) -> Any:
        """Return a `graphviz.Source`, which has `render("file")` and `view()`.

        Raises `ImportError` if the Python package `graphviz` is not installed.
        """
        try:
            import graphviz
        except ImportError as error:
            raise ImportError(
                "Drawing by Graphviz requires its Python package: pip install "
                "graphviz. The properties `mermaid` and `dot` require no package."
            ) from error
        return graphviz.Source(self.dot)

    def _svg(self) -> Optional[str]:
        """The picture, or None if the package or its program `dot` is missing."""
        try:
            return self.graphviz().pipe(format="svg").decode("utf-8")
        except (ImportError, RuntimeError):  # ExecutableNotFound is a RuntimeError
            return None

    def _repr_mimebundle_(self, include: Any = None,
                          exclude: Any = None) -> Dict[str, str]:
        svg = self._svg()
        picture = ({"image/svg+xml": svg} if svg else
                   {"text/markdown": "```mermaid\n%s\n```" % self.mermaid})
        return {"text/plain": str(self), **picture}

    def __str__(self) -> str:
        return self.mermaid

    def __repr__(self) -> str:
        return "<zhusuan.ModelGraph with nodes %s and edges %s>" % (
            ", ".join(self.nodes), ", ".join("%s -> %s" % edge for edge in self._edges))


def _label(vertex: Vertex) -> str:
    if vertex.distribution is None:
        return vertex.name
    return "%s ~ %s" % (vertex.name, vertex.distribution)


def _mermaid_node(number: str, vertex: Vertex) -> str:
    label = _label(vertex)
    for char, code in ("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"):
        label = label.replace(char, code)
    if vertex.is_factor:
        return '%s{{"%s"}}' % (number, label)
    if vertex.distribution is None:
        return '%s["%s"]' % (number, label)
    return '%s(["%s"])%s' % (number, label, ":::observed" * vertex.is_observed)


def _dot_node(vertex: Vertex) -> str:
    options = ["label=" + _quote_for_dot(_label(vertex))]
    if vertex.distribution is None:
        options.append("shape=hexagon" if vertex.is_factor else "shape=box")
    if vertex.is_observed:
        options.append("style=filled")
    return "%s [%s];" % (_quote_for_dot(vertex.name), ", ".join(options))


def _quote_for_dot(text: str) -> str:
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')
