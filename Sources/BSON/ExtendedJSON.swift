/// MongoDB Extended JSON v2 (github.com/mongodb/specifications, "extended-json").
///
/// The canonical form keeps every type and is read back to the same bytes, with two exceptions that lie in the
/// form: the bits of a NaN, and documents whose own keys look like the form's (`{"$oid": …}`).
/// The relaxed form writes numbers and dates as people read them and forgets some types.
package enum ExtendedJSON {
    /// One line without spaces. Throws for malformed bytes.
    package static func encode(_ document: Document, canonical: Bool = true) throws(BSONError) -> String {
        var encoding = ExtendedJSONEncoding(canonical: canonical)
        try document.withView { (view) throws(BSONError) in try encoding.write(view, isArray: false, depth: 1) }
        return String(decoding: encoding.text, as: UTF8.self)
    }

    /// Reads one document in either form, or a mixture; plain JSON is the relaxed form.
    ///
    /// Whole numbers become the smallest integer type that holds them, otherwise doubles; other `$` keys than
    /// those of v2 are keys like any other. Throws `invalidExtendedJSON` for text that is not JSON, for a wrong use of
    /// v2's keys, for NUL in keys and regular expressions, and `tooDeep`.
    package static func decode(_ text: String) throws(BSONError) -> Document {
        var parser = ExtendedJSONParser(Array(text.utf8))
        return try parser.document()
    }
}
