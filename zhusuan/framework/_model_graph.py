"""The directed graph of the nodes of a model, as a picture or as text."""
import collections

__all__ = ["ModelGraph", "Vertex"]

# `distribution` is the name of its class; None for a deterministic node.
Vertex = collections.namedtuple("Vertex", "name distribution is_observed")


class ModelGraph:
    """The direct dependences between the nodes of a model.

    Printed, it is the text of a `Mermaid <https://mermaid.js.org>`_ flowchart. A
    notebook shows it as a picture: drawn by Graphviz where the Python package
    `graphviz` and the program `dot` are installed, else by the notebook's own Mermaid.
    Nodes with a distribution are round, observed ones grey, deterministic ones boxes.

    :param vertices: A list of `Vertex`.
    :param edges: A list of pairs of names, (parent, child).
    """

    def __init__(self, vertices, edges):
        self._vertices, self._edges = tuple(vertices), tuple(edges)

    @property
    def nodes(self):
        """A tuple of the names of all nodes, in the order in which they were added."""
        return tuple(vertex.name for vertex in self._vertices)

    @property
    def edges(self):
        """A tuple of pairs of names, (parent, child)."""
        return self._edges

    def parents(self, name):
        """A tuple of the names of the nodes that the node `name` depends on."""
        return tuple(parent for parent, child in self._edges if child == name)

    @property
    def mermaid(self):
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
    def dot(self):
        """The text of a graph in the DOT language of Graphviz."""
        lines = ["    " + _dot_node(vertex) for vertex in self._vertices]
        lines += ["    %s -> %s;" % (_dot_quoted(parent), _dot_quoted(child))
                  for parent, child in self._edges]
        return "\n".join(["digraph {", *lines, "}"])

    def graphviz(self):
        """A `graphviz.Source`, which has `render("file")` and `view()`."""
        try:
            import graphviz
        except ImportError as error:
            raise ImportError(
                "Drawing by Graphviz needs its Python package: pip install graphviz. "
                "The properties `mermaid` and `dot` need nothing.") from error
        return graphviz.Source(self.dot)

    def _svg(self):
        """The picture, or None where the package or its program `dot` is missing."""
        try:
            return self.graphviz().pipe(format="svg").decode("utf-8")
        except (ImportError, RuntimeError):  # ExecutableNotFound is one
            return None

    def _repr_mimebundle_(self, include=None, exclude=None):
        svg = self._svg()
        picture = ({"image/svg+xml": svg} if svg else
                   {"text/markdown": "```mermaid\n%s\n```" % self.mermaid})
        return {"text/plain": str(self), **picture}

    def __str__(self):
        return self.mermaid

    def __repr__(self):
        return "<zhusuan.ModelGraph with nodes %s and edges %s>" % (
            ", ".join(self.nodes), ", ".join("%s -> %s" % edge for edge in self._edges))


def _label(vertex):
    if vertex.distribution is None:
        return vertex.name
    return "%s ~ %s" % (vertex.name, vertex.distribution)


def _mermaid_node(number, vertex):
    label = _label(vertex)
    for char, code in ("#", "#35;"), ('"', "#quot;"), ("<", "#lt;"), (">", "#gt;"):
        label = label.replace(char, code)
    if vertex.distribution is None:
        return '%s["%s"]' % (number, label)
    return '%s(["%s"])%s' % (number, label, ":::observed" * vertex.is_observed)


def _dot_node(vertex):
    options = ["label=" + _dot_quoted(_label(vertex))]
    if vertex.distribution is None:
        options.append("shape=box")
    if vertex.is_observed:
        options.append("style=filled")
    return "%s [%s];" % (_dot_quoted(vertex.name), ", ".join(options))


def _dot_quoted(text):
    return '"%s"' % text.replace("\\", "\\\\").replace('"', '\\"')
