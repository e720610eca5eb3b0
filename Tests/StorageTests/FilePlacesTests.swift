import Foundation
import Storage
import TestSupport
import Testing

/// Where paths lead, whether something is there or not.
@Suite struct FilePlacesTests {
    @Test func linksAndDotsAreResolved() throws {
        try withTemporaryFolder { folder in
            let root = Files.resolved(folder)
            try Files.makeFolder(folder + "/a/b")
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: folder + "/a/b")
            for (path, expected) in [
                ("a/b", "a/b"), ("a/./b/", "a/b"), ("link", "a/b"), ("link/..", "a"),
                ("link/new/file.png", "a/b/new/file.png"),
                ("link/new/../other", "a/b/other"), ("none/../../x", "../x"), ("none/.", "none"),
            ] {
                let whole = expected.hasPrefix("../") ? Files.resolved(root + "/..") + "/x" : root + "/" + expected
                #expect(Files.resolved(folder + "/" + path) == whole, "\(path)")
            }
            #expect(Files.resolved("/") == "/" && Files.resolved("/nowhere/../x y") == "/x y")
            #expect(Files.resolved("nowhere.png") == Files.resolved(".") + "/nowhere.png")
        }
    }

    @Test func placesLieInOneAnother() {
        #expect(
            Files.isResolved("/a/b", in: "/a") && Files.isResolved("/a", in: "/a") && Files.isResolved("/a", in: "/"))
        #expect(!Files.isResolved("/ab", in: "/a") && !Files.isResolved("/a", in: "/a/b"))
    }

    @Test func identitiesFollowLinks() throws {
        try withTemporaryFolder { folder in
            try AtomicFile.write("one", to: folder + "/one")
            try AtomicFile.write("two", to: folder + "/two")
            try FileManager.default.createSymbolicLink(atPath: folder + "/link", withDestinationPath: folder + "/one")
            let one = Files.Identity(folder + "/one")
            #expect(one != nil && Files.Identity(folder + "/link") == one && Files.Identity(folder + "/two") != one)
            #expect(Files.Identity(folder + "/none") == nil)
        }
    }

    /// What a file states of its size is read without its pixels.
    @Test func sizesOfImageFiles() throws {
        try withTemporaryFolder { folder in
            try ImageFile.write(RasterImage(height: 3, width: 5, channels: 1), to: folder + "/a.png")
            let size = try ImageFile.size(of: folder + "/a.png")
            #expect(size == (3, 5))
            let refused = thrown(DatasetError.self) {
                try ImageFile.read(folder + "/a.png") { height, width in
                    throw DatasetError.badData("\(height) by \(width)")
                }
            }
            #expect(refused?.message == "3 by 5")
        }
    }
}
