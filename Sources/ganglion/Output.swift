import Failure

/// Prints a line. What files are called, or hold, stands in many of them: line breaks and control characters are shown as
/// escapes.
func print(_ line: String) { printLine(line) }

/// The same, where a type has a `print` of its own.
func printLine(_ line: String) { Swift.print(line.visible()) }

/// Prints a table, JSON or another text of several lines, of which whoever made it knows that they are all its own;
/// control characters in it are shown as escapes all the same.
func printBlock(_ text: String) { Swift.print(text.visible(keepsLines: true)) }
