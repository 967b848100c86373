//! Published XML: read record by record and never built as a whole. A document type is refused, so
//! no entity can be declared and none can grow; depth, text and parts of a record have limits.

use std::fs::File;
use std::io::{self, BufReader, Read as _, Seek as _};
use std::path::Path;

use quick_xml::encoding::DecodingReader;
use quick_xml::escape::resolve_predefined_entity;
use quick_xml::events::{BytesDecl, BytesStart, Event};
use quick_xml::{Reader, XmlVersion};

use super::bounded::{Bounded, Limits};
use super::list::{FileMark, ListError, ListFault};

/// The deepest element of any list that is read here has fewer around it.
const DEPTH: usize = 16;
/// Elements and attributes of one record.
const PARTS: usize = 20_000;
/// Bytes of the text of one record.
const TEXT: usize = 4 << 20;

/// An element of a record.
#[derive(Debug, Default)]
pub(super) struct Node {
    /// Its name.
    pub(super) name: String,
    /// Names and values.
    attributes: Vec<(String, String)>,
    text: String,
    children: Vec<Self>,
}

impl Node {
    /// Its own text, without white space around it.
    pub(super) fn text(&self) -> &str {
        self.text.trim()
    }

    /// An attribute's value; empty where there is none.
    pub(super) fn attribute(&self, name: &str) -> &str {
        let found = self.attributes.iter().find(|(key, _)| key == name);
        found.map_or("", |(_, value)| value.trim())
    }

    /// The children of this name.
    pub(super) fn all<'n>(&'n self, name: &'n str) -> impl Iterator<Item = &'n Self> {
        self.children.iter().filter(move |child| child.name == name)
    }

    /// The text of the first child of this name; empty where there is none.
    pub(super) fn of(&self, name: &str) -> &str {
        self.children.iter().find(|child| child.name == name).map_or("", |child| child.text())
    }

    /// The first child of this name.
    pub(super) fn child(&self, name: &str) -> Option<&Self> {
        self.children.iter().find(|child| child.name == name)
    }
}

/// What was read.
#[derive(Debug)]
pub(super) struct Document {
    /// What to remember of the file.
    pub(super) mark: FileMark,
    /// The outermost element, without what is in it.
    pub(super) root: Node,
}

/// Reads a document whose outermost element is `root` and whose records have one of the names.
pub(super) fn read(
    file: (&str, &Path),
    limits: Limits,
    names: (&str, &[&str]),
    mut take: impl FnMut(&Node) -> Result<(), ListFault>,
) -> Result<Document, ListError> {
    let (name, path) = file;
    let fault = |fault| ListError::new(name, None, fault);
    let unreadable = |_io| fault(ListFault::Unreadable);
    let mut opened = File::open(path).map_err(unreadable)?;
    let old = is_latin(&mut opened).map_err(unreadable)?;
    let mut decoding = DecodingReader::new(BufReader::new(Bounded::new(opened, limits)));
    // Before anything is read: later it could be too late, and a hostile file says so twice.
    let latin = BytesDecl::new("1.0", Some("ISO-8859-1"), None).encoder().filter(|_| old);
    if let Some(latin) = latin {
        decoding.set_encoding(latin);
    }
    let mut reader = Reader::from_reader(decoding);
    let mut walk = Walk { names, open: Vec::new(), root: None, records: 0, spent: 0, ended: false };
    let mut buffer = Vec::new();
    loop {
        buffer.clear();
        let large = |reader: &Reader<DecodingReader<BufReader<Bounded<File>>>>| {
            reader.get_ref().get_ref().get_ref().too_large()
        };
        let event = match reader.read_event_into(&mut buffer) {
            Ok(Event::Eof) => break,
            Ok(event) => event,
            Err(_xml) if large(&reader) => return Err(fault(ListFault::TooLarge)),
            Err(quick_xml::Error::Syntax(_)) => return Err(fault(ListFault::Cut)),
            Err(quick_xml::Error::Io(_)) => return Err(fault(ListFault::Encoding)),
            Err(_xml) => return Err(fault(ListFault::Schema)),
        };
        if let Some(record) = walk.step(event).map_err(fault)? {
            walk.records += 1;
            if walk.records > limits.rows {
                return Err(fault(ListFault::TooLarge));
            }
            take(&record).map_err(fault)?;
        }
    }
    let (root, rows) = match (walk.root, walk.ended) {
        (Some(root), true) => (root, walk.records),
        (Some(_), false) => return Err(fault(ListFault::Cut)),
        (None, _) => return Err(fault(ListFault::Empty)),
    };
    let seen = reader.get_ref().get_ref().get_ref();
    let mark = FileMark {
        name: name.to_owned(),
        sha256: seen.sha256(),
        bytes: seen.bytes(),
        rows,
        end_mark: false,
    };
    Ok(Document { mark, root })
}

/// Whether the declaration names the old encoding of the west; everything else is UTF.
fn is_latin(file: &mut File) -> io::Result<bool> {
    let mut first = [0; 128];
    let read = file.read(&mut first)?;
    file.rewind()?;
    let first = String::from_utf8_lossy(first.get(..read).unwrap_or_default()).to_lowercase();
    let declared = first.split("?>").next().unwrap_or_default();
    Ok(["iso-8859-1", "windows-1252", "latin1"].iter().any(|name| declared.contains(name)))
}

/// Where the reading stands.
struct Walk<'a> {
    names: (&'a str, &'a [&'a str]),
    /// The elements that are open, the outermost first.
    open: Vec<Node>,
    root: Option<Node>,
    records: u64,
    /// Parts and text of the record that is open.
    spent: usize,
    ended: bool,
}

impl Walk<'_> {
    /// Takes in one event; a record when it has just ended.
    fn step(&mut self, event: Event<'_>) -> Result<Option<Node>, ListFault> {
        match event {
            Event::Start(start) => self.start(&start).map(|()| None),
            Event::Empty(start) => {
                self.start(&start)?;
                self.end()
            }
            Event::End(_name) => self.end(),
            Event::Text(text) => self.text(&text.xml10_content()).map(|()| None),
            Event::CData(text) => self.text(&text.xml10_content()).map(|()| None),
            Event::GeneralRef(reference) => {
                let known = match reference.resolve_char_ref() {
                    Ok(Some(char)) => char.to_string(),
                    Ok(None) => resolve_predefined_entity(&reference.xml10_content())
                        .ok_or(ListFault::Schema)?
                        .to_owned(),
                    Err(_number) => return Err(ListFault::Schema),
                };
                self.text(&known).map(|()| None)
            }
            Event::DocType(_) => Err(ListFault::Schema),
            Event::Comment(_) | Event::Decl(_) | Event::PI(_) | Event::Eof => Ok(None),
        }
    }

    fn start(&mut self, start: &BytesStart<'_>) -> Result<(), ListFault> {
        if self.ended || self.open.len() >= DEPTH {
            return Err(if self.ended { ListFault::Schema } else { ListFault::TooLarge });
        }
        let mut node = Node { name: start.local_name().as_ref().to_owned(), ..Node::default() };
        for attribute in start.attributes() {
            let attribute = attribute.map_err(|_xml| ListFault::Schema)?;
            let value = attribute.normalized_value(XmlVersion::Implicit1_0);
            let value = value.map_err(|_xml| ListFault::Schema)?;
            // An attribute is a part as an element is, however short.
            self.spend(value.len() + TEXT / PARTS)?;
            let key = attribute.key.local_name().as_ref().to_owned();
            node.attributes.push((key, value.into_owned()));
        }
        if self.root.is_none() {
            if node.name != self.names.0 {
                return Err(ListFault::Schema);
            }
            let attributes = node.attributes.clone();
            self.root = Some(Node { name: node.name.clone(), attributes, ..Node::default() });
        }
        self.spend(TEXT / PARTS)?;
        self.open.push(node);
        Ok(())
    }

    fn text(&mut self, text: &str) -> Result<(), ListFault> {
        let control = |c: char| c.is_control() && !matches!(c, '\t' | '\r' | '\n');
        if text.contains(control) {
            return Err(ListFault::Encoding);
        }
        // Between records there is nothing but white space, and it is not kept.
        if !self.in_record() {
            return Ok(());
        }
        self.spend(text.len())?;
        if let Some(node) = self.open.last_mut() {
            node.text.push_str(text);
        }
        Ok(())
    }

    fn end(&mut self) -> Result<Option<Node>, ListFault> {
        let node = self.open.pop().ok_or(ListFault::Schema)?;
        if self.open.is_empty() {
            self.ended = true;
            return Ok(None);
        }
        if self.names.1.contains(&node.name.as_str()) && !self.in_record() {
            self.spent = 0;
            return Ok(Some(node));
        }
        if self.in_record() {
            if let Some(parent) = self.open.last_mut() {
                parent.children.push(node);
            }
        } else {
            self.spent = 0;
        }
        Ok(None)
    }

    fn in_record(&self) -> bool {
        self.open.iter().any(|node| self.names.1.contains(&node.name.as_str()))
    }

    fn spend(&mut self, bytes: usize) -> Result<(), ListFault> {
        self.spent = self.spent.saturating_add(bytes);
        if self.spent > TEXT { Err(ListFault::TooLarge) } else { Ok(()) }
    }
}
