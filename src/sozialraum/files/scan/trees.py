"""XML read with care: no entities, no processing instructions, comments kept apart."""

from dataclasses import dataclass, field
from xml.parsers import expat

from sozialraum.errors import SourceError

LARGEST = 512 * 1024**2
"""Bytes of XML that are read at most."""


@dataclass(slots=True)
class Tree:
    """What an XML document holds.

    Parameters
    ----------
    elements
        Name, attributes and own text of every element, in the order in which they begin.
    ends
        For every element the position behind its last descendant.
    comments
        Line and text of every comment.
    instructions
        Names of processing instructions.
    """

    elements: list[tuple[str, dict[str, str], str]] = field(default_factory=list)
    ends: list[int] = field(default_factory=list)
    comments: list[tuple[int, str]] = field(default_factory=list)
    instructions: list[str] = field(default_factory=list)

    def inside(self, at: int, *names: str) -> list[int]:
        """Return the positions of descendants of an element, by their names without prefix."""
        own = range(at + 1, self.ends[at])
        return [i for i in own if not names or local(self.elements[i][0]) in names]


def local(name: str) -> str:
    """Return the name of an element without its prefix.

    Examples
    --------
    >>> local("w:p"), local("row")
    ('p', 'row')
    """
    return name.rpartition(":")[2]


def parsed(content: bytes) -> Tree:
    """Return the elements of an XML document in the order in which they begin.

    Names keep their prefixes as written.

    Raises
    ------
    SourceError
        The document declares entities, is too large, or is no XML.

    Examples
    --------
    >>> parsed(b"<a x='1'>text<b/></a>").elements
    [('a', {'x': '1'}, 'text'), ('b', {}, '')]
    """
    if len(content) > LARGEST:
        raise SourceError("scan.xml_huge", limit=LARGEST // 1024**2)
    tree, open_ones = Tree(), []
    parser = expat.ParserCreate()

    def start(name: str, attributes: dict[str, str]) -> None:
        open_ones.append(len(tree.elements))
        tree.elements.append((name, attributes, ""))
        tree.ends.append(0)

    def end(_name: str) -> None:
        tree.ends[open_ones.pop()] = len(tree.elements)

    def data(text: str) -> None:
        if open_ones:
            name, attributes, before = tree.elements[open_ones[-1]]
            tree.elements[open_ones[-1]] = (name, attributes, before + text)

    def declared(*_: object) -> None:
        raise SourceError("scan.xml_entities")

    parser.buffer_text = True
    parser.StartElementHandler = start
    parser.EndElementHandler = end
    parser.CharacterDataHandler = data
    parser.EntityDeclHandler = declared
    parser.CommentHandler = lambda text: tree.comments.append((parser.CurrentLineNumber, text))
    parser.ProcessingInstructionHandler = lambda name, _: tree.instructions.append(name)
    try:
        parser.Parse(content, True)
    except expat.ExpatError as error:
        raise SourceError("scan.xml_broken") from error
    return tree
