import os

from spack.package import *


class Ganglion(Package):
    """Trains generative adversarial networks (StyleGAN2 with GGDR, progressive growing, SAGAN,
    R3GAN, Pix2Pix, CC-FPSE, OASIS) on clusters of CPU nodes: replicas on MPI ranks, sharded HDF5
    data sets, the same bits on 1, 2 and 4 ranks."""

    # The sources are those of the clone that this recipe stands in: `spack develop` names it.
    version("main")

    depends_on("c", type="build")
    depends_on("cxx", type="build")
    # An external: see swift-compiler. Its libraries go into the program.
    depends_on("swift-compiler@6.0:", type="build")
    depends_on("pkgconfig", type="build")

    # Others have no ompi-c.pc, and what the launchers tell Open MPI they do not know.
    depends_on("openmpi@4.1:")
    depends_on("hdf5@1.10:~mpi")
    depends_on("openblas@0.3.21:")
    depends_on("libpng@1.6:")
    depends_on("libjpeg-turbo@2.1:")
    depends_on("xxhash@0.8:")
    depends_on("zlib-api")

    requires("target=x86_64:", msg="its kernels are those of x86-64")

    def setup_build_environment(self, env):
        # Package.swift asks for HDF5 by the name that it has in Debian.
        env.prepend_path("PKG_CONFIG_PATH", join_path(self.stage.path, "pkgconfig"))

    def install(self, spec, prefix):
        names = join_path(self.stage.path, "pkgconfig")
        mkdirp(names)
        with open(join_path(names, "hdf5-serial.pc"), "w") as file:
            file.write("Name: hdf5-serial\nDescription: HDF5\nVersion: 1\nRequires: hdf5\n")

        arguments = ["build", "--configuration", "release", "--static-swift-stdlib"]
        libraries = (
            "openmpi",
            "hdf5",
            "openblas",
            "libpng",
            "libjpeg-turbo",
            "xxhash",
            "zlib-api",
        )
        for name in libraries:
            for directory in spec[name].libs.directories:
                arguments += ["-Xlinker", "-rpath", "-Xlinker", directory]
        swift = Executable(join_path(spec["swift-compiler"].prefix.bin, "swift"))
        # Its own packages come from where Package.swift says: this needs a network, or a mirror
        # that SwiftPM knows.
        swift(*arguments, "--product", "ganglion")
        swift(*arguments, "--product", "GanglionListen")

        # As the archive of cluster/package has it, which tells the scripts that nothing is to be
        # built.
        home = prefix.lib.ganglion
        mkdirp(home.bin, home.lib, prefix.bin)
        install(join_path(".build", "release", "ganglion"), home.bin)
        install(join_path(".build", "release", "libGanglionListen.so"), home.lib)
        install_tree("cluster", home.cluster)
        install_tree("hostfiles", home.hostfiles)
        symlink(home.bin.ganglion, prefix.bin.ganglion)
        for name in ("launch", "supervise", "study", "quickstart", "convert"):
            command = join_path(prefix.bin, "ganglion-" + name)
            with open(command, "w") as file:
                file.write(f'#!/bin/sh\nexec {join_path(home.cluster, name)} "$@"\n')
            os.chmod(command, 0o755)

    @run_after("install")
    @on_package_attributes(run_tests=True)
    def check_program(self):
        Executable(self.prefix.bin.ganglion)("--version")
