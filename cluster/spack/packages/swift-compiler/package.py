import re

from spack.package import *


class SwiftCompiler(Package):
    """Swift's compiler and package manager. It is not built: `spack external find swift-compiler`
    enters the one that is in PATH, of swift.org's archives, of a distribution, or of a module."""

    homepage = "https://www.swift.org"
    has_code = False
    executables = [r"^swift$"]

    version("6.3")
    version("6.2")
    version("6.1")
    version("6.0.3")

    @classmethod
    def determine_version(cls, executable):
        output = Executable(executable)("--version", output=str, error=str)
        found = re.search(r"Swift version (\d+(?:\.\d+)*)", output)
        return found.group(1) if found else None

    def install(self, spec, prefix):
        raise InstallError(
            "Swift is not built here: get version 6.0 or newer, put its usr/bin into PATH, and "
            "call spack external find swift-compiler"
        )
