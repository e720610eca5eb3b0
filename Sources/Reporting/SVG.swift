/// What all drawings as SVG are written with.
enum SVG {
    /// A place, to a tenth of a point.
    static func place(_ value: Double) -> String { NumberText.plain((value * 10).rounded() / 10) }

    /// A drawing that is a file of its own, on white.
    ///
    /// - Parameters:
    ///   - width: in points, as the height.
    ///   - ink: of texts, as SVG names colours.
    ///   - content: SVG.
    static func document(width: Double, height: Double, fontSize: String, ink: String, content: String) -> String {
        let (width, height) = (place(width), place(height))
        return """
            <svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 \(width) \(height)" width="\(width)" \
            height="\(height)" font-family="Helvetica, Arial, sans-serif" font-size="\(fontSize)" fill="\(ink)">
            <rect width="100%" height="100%" fill="#ffffff"/>
            \(content)
            </svg>

            """
    }
}
