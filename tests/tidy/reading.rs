//! Reads one file with `syn` and notes what the rules ask for: names, calls, literals, lengths. Test code is left out.

use proc_macro2::{Delimiter, TokenStream, TokenTree};
use std::collections::BTreeSet;
use syn::{Attribute, Item, spanned::Spanned, visit::Visit};

/// A file of the house: its path from the root of the repository, and its text.
#[derive(Clone)]
pub struct Source {
    pub path: String,
    pub text: String,
}

/// Something that stands on a line.
#[derive(Clone, Debug)]
pub struct At<T> {
    pub line: usize,
    pub what: T,
}

/// What one file says.
#[derive(Default)]
pub struct Reading {
    pub path: String,
    /// `["gate", "reason"]` for `src/gate/reason.rs`.
    pub module: Vec<String>,
    /// `//!` stands first.
    pub has_header: bool,
    /// Lines, less those of test items.
    pub lines: usize,
    /// Paths as written, at least two segments long or imported.
    pub names: Vec<At<Vec<String>>>,
    /// Names that an import or a `mod` brings into this file: they hide outside crates of the same name.
    pub local: BTreeSet<String>,
    pub methods: Vec<At<String>>,
    pub macros: Vec<At<String>>,
    pub literals: Vec<At<String>>,
    /// Functions, with their number of lines.
    pub functions: Vec<At<(String, usize)>>,
    pub asyncs: Vec<usize>,
    /// `#[allow]`, or `#[expect]` without a reason.
    pub silenced: Vec<At<String>>,
    /// `#[ignore]`.
    pub ignored: Vec<usize>,
    /// `mod x;` and whether only for tests.
    pub children: Vec<(String, bool)>,
}

impl Reading {
    /// Reads a file of production code, leaving out what is `#[cfg(test)]`.
    pub fn production(source: &Source) -> Self {
        Self::of(source, true)
    }

    /// Reads a file with all its tests.
    pub fn whole(source: &Source) -> Self {
        Self::of(source, false)
    }

    fn of(source: &Source, skip_tests: bool) -> Self {
        let file = syn::parse_file(&source.text).unwrap_or_else(|e| panic!("{}: {e}", source.path));
        let mut reader = Reader { reading: Self::default(), skip_tests };
        reader.reading.path.clone_from(&source.path);
        reader.reading.module = module_of(&source.path);
        reader.reading.has_header = source.text.trim_start_matches("#!/").starts_with("//!");
        reader.reading.lines = source.text.lines().count();
        reader.visit_file(&file);
        reader.reading
    }

    /// The path with `crate`, `self` and `super` resolved: `["gate", "Reason"]`; `None` for anything from outside.
    pub fn inside(&self, name: &[String]) -> Option<Vec<String>> {
        let mut base = match name.first()?.as_str() {
            "crate" => Vec::new(),
            "self" | "super" => self.module.clone(),
            _ => return None,
        };
        for segment in name {
            match segment.as_str() {
                "crate" | "self" => {}
                "super" => drop(base.pop()),
                other => base.push(other.to_owned()),
            }
        }
        Some(base)
    }

    /// The outside crate that a path begins with, if it is one of `crates`.
    pub fn outside<'a>(&self, name: &[String], crates: &'a BTreeSet<String>) -> Option<&'a str> {
        let first = name.first()?;
        if self.local.contains(first) {
            return None;
        }
        crates.get(first).map(String::as_str)
    }
}

fn module_of(path: &str) -> Vec<String> {
    let inner = path.strip_prefix("src/").unwrap_or(path).trim_end_matches(".rs");
    let mut module: Vec<String> = inner.split('/').map(str::to_owned).collect();
    if matches!(module.last().map(String::as_str), Some("mod" | "lib" | "main")) {
        module.pop();
    }
    module
}

struct Reader {
    reading: Reading,
    skip_tests: bool,
}

impl Reader {
    fn name(&mut self, line: usize, segments: Vec<String>) {
        self.reading.names.push(At { line, what: segments });
    }

    /// Notes the names, calls and literals in tokens that `syn` doesn't parse: the inside of macros.
    fn tokens(&mut self, tokens: TokenStream) {
        let trees: Vec<TokenTree> = tokens.into_iter().collect();
        let mut i = 0;
        while i < trees.len() {
            match &trees[i] {
                TokenTree::Group(group) => self.tokens(group.stream()),
                TokenTree::Literal(literal) => {
                    if let syn::Lit::Str(text) = syn::Lit::new(literal.clone()) {
                        self.reading.literals.push(At { line: literal.span().start().line, what: text.value() });
                    }
                }
                TokenTree::Ident(ident) => {
                    let line = ident.span().start().line;
                    let after_dot = i > 0 && matches!(&trees[i - 1], TokenTree::Punct(p) if p.as_char() == '.');
                    let (segments, next) = path_at(&trees, i);
                    let called =
                        matches!(trees.get(next), Some(TokenTree::Group(g)) if g.delimiter() == Delimiter::Parenthesis);
                    if after_dot && called {
                        self.reading.methods.push(At { line, what: ident.to_string() });
                    } else if segments.len() > 1 {
                        self.name(line, segments);
                    }
                    i = next;
                    continue;
                }
                TokenTree::Punct(_) => {}
            }
            i += 1;
        }
    }

    fn uses(&mut self, tree: &syn::UseTree, mut before: Vec<String>) {
        match tree {
            syn::UseTree::Path(path) => {
                before.push(path.ident.to_string());
                self.uses(&path.tree, before);
            }
            syn::UseTree::Name(name) => self.imported(name.ident.span().start().line, before, &name.ident, None),
            syn::UseTree::Rename(name) => {
                self.imported(name.ident.span().start().line, before, &name.ident, Some(&name.rename));
            }
            syn::UseTree::Glob(glob) => self.name(glob.span().start().line, before),
            syn::UseTree::Group(group) => group.items.iter().for_each(|item| self.uses(item, before.clone())),
        }
    }

    fn imported(&mut self, line: usize, mut path: Vec<String>, ident: &syn::Ident, rename: Option<&syn::Ident>) {
        if ident != "self" {
            path.push(ident.to_string());
        }
        if let Some(last) = rename.map(ToString::to_string).or_else(|| path.last().cloned()) {
            // `use lettre;` hides nothing: it is lettre.
            if path.len() > 1 {
                self.reading.local.insert(last);
            }
        }
        self.name(line, path);
    }

    fn function(&mut self, name: &syn::Ident, item: proc_macro2::Span) {
        let lines = item.end().line - name.span().start().line + 1;
        self.reading.functions.push(At { line: name.span().start().line, what: (name.to_string(), lines) });
    }
}

/// The path that begins at `trees[i]`, and the index after it.
fn path_at(trees: &[TokenTree], start: usize) -> (Vec<String>, usize) {
    let mut segments = Vec::new();
    let mut i = start;
    while let Some(TokenTree::Ident(ident)) = trees.get(i) {
        segments.push(ident.to_string());
        i += 1;
        let colon = |t: Option<&TokenTree>| matches!(t, Some(TokenTree::Punct(p)) if p.as_char() == ':');
        if !(colon(trees.get(i)) && colon(trees.get(i + 1))) {
            break;
        }
        i += 2;
    }
    (segments, i.max(start + 1))
}

impl<'ast> Visit<'ast> for Reader {
    fn visit_item(&mut self, item: &'ast Item) {
        let attributes = attributes_of(item);
        let for_tests = attributes.iter().any(is_test);
        if let Item::Mod(module) = item {
            self.reading.local.insert(module.ident.to_string());
            if module.content.is_none() {
                self.reading.children.push((module.ident.to_string(), for_tests));
            }
        }
        if for_tests && self.skip_tests {
            let lines = item.span().end().line - item.span().start().line + 1;
            self.reading.lines = self.reading.lines.saturating_sub(lines);
            return;
        }
        syn::visit::visit_item(self, item);
    }

    fn visit_item_use(&mut self, item: &'ast syn::ItemUse) {
        self.uses(&item.tree, Vec::new());
    }

    fn visit_path(&mut self, path: &'ast syn::Path) {
        if path.segments.len() > 1 {
            let segments = path.segments.iter().map(|s| s.ident.to_string()).collect();
            self.name(path.span().start().line, segments);
        }
        syn::visit::visit_path(self, path);
    }

    fn visit_expr_method_call(&mut self, call: &'ast syn::ExprMethodCall) {
        self.reading.methods.push(At { line: call.method.span().start().line, what: call.method.to_string() });
        syn::visit::visit_expr_method_call(self, call);
    }

    fn visit_lit_str(&mut self, text: &'ast syn::LitStr) {
        self.reading.literals.push(At { line: text.span().start().line, what: text.value() });
    }

    fn visit_macro(&mut self, mac: &'ast syn::Macro) {
        let segments: Vec<String> = mac.path.segments.iter().map(|s| s.ident.to_string()).collect();
        let line = mac.path.span().start().line;
        self.reading.macros.extend(segments.last().map(|last| At { line, what: last.clone() }));
        if segments.len() > 1 {
            self.name(line, segments);
        }
        self.tokens(mac.tokens.clone());
    }

    fn visit_attribute(&mut self, attribute: &'ast Attribute) {
        let line = attribute.span().start().line;
        let path = attribute.path();
        if path.is_ident("doc") {
            return;
        }
        let list = attribute.meta.require_list().map(|list| list.tokens.to_string()).unwrap_or_default();
        if path.is_ident("allow") || path.is_ident("expect") && !list.contains("reason") {
            let name = path.get_ident().map(ToString::to_string).unwrap_or_default();
            self.reading.silenced.push(At { line, what: format!("#[{name}({list})]") });
        }
        if path.is_ident("ignore") {
            self.reading.ignored.push(line);
        }
        if path.segments.len() > 1 {
            self.name(line, path.segments.iter().map(|s| s.ident.to_string()).collect());
        }
        if path.is_ident("derive") {
            self.tokens(attribute.meta.require_list().map(|list| list.tokens.clone()).unwrap_or_default());
        }
    }

    fn visit_item_fn(&mut self, item: &'ast syn::ItemFn) {
        self.function(&item.sig.ident, item.block.span());
        syn::visit::visit_item_fn(self, item);
    }

    fn visit_impl_item_fn(&mut self, item: &'ast syn::ImplItemFn) {
        if self.skip_tests && item.attrs.iter().any(is_test) {
            return;
        }
        self.function(&item.sig.ident, item.block.span());
        syn::visit::visit_impl_item_fn(self, item);
    }

    fn visit_signature(&mut self, signature: &'ast syn::Signature) {
        self.reading.asyncs.extend(signature.asyncness.map(|a| a.span.start().line));
        syn::visit::visit_signature(self, signature);
    }

    fn visit_expr_async(&mut self, block: &'ast syn::ExprAsync) {
        self.reading.asyncs.push(block.async_token.span.start().line);
        syn::visit::visit_expr_async(self, block);
    }
}

fn is_test(attribute: &Attribute) -> bool {
    attribute.path().is_ident("cfg")
        && attribute.meta.require_list().is_ok_and(|list| list.tokens.to_string().trim() == "test")
}

fn attributes_of(item: &Item) -> &[Attribute] {
    match item {
        Item::Const(i) => &i.attrs,
        Item::Enum(i) => &i.attrs,
        Item::Fn(i) => &i.attrs,
        Item::Impl(i) => &i.attrs,
        Item::Macro(i) => &i.attrs,
        Item::Mod(i) => &i.attrs,
        Item::Static(i) => &i.attrs,
        Item::Struct(i) => &i.attrs,
        Item::Trait(i) => &i.attrs,
        Item::Type(i) => &i.attrs,
        Item::Use(i) => &i.attrs,
        _ => &[],
    }
}
