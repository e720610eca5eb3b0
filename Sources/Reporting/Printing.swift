import Failure

/// Prints a line. What files are called, or hold, stands in many of them: line breaks and control characters are shown as
/// escapes.
public func printLine(_ line: String) { print(line.visible()) }

/// Prints a table, JSON or another text of several lines, of which whoever made it knows that they are all its own;
/// control characters in it are shown as escapes all the same.
public func printBlock(_ text: String) { print(text.visible(keepsLines: true)) }
