/// The frame of a report: one file that needs nothing else, neither a network nor scripts.
enum ReportPage {
    /// - Parameter sections: in order; empty ones are left out.
    static func make(title: String, lead: HTML, sections: [(title: String, content: HTML)]) -> String {
        let shown = sections.filter { !$0.content.text.isEmpty }.enumerated().map { number, section in
            (id: "s\(number)", title: section.title, content: section.content)
        }
        let links = shown.map { "<a href=\"#\($0.id)\">\($0.title)</a>" as HTML }
        let bodies = shown.map { section in
            "<section id=\"\(section.id)\"><h2>\(section.title)</h2>\(section.content)</section>" as HTML
        }
        // What a browser may load is nothing: a page made of a stranger's folder must not call home either.
        let page: HTML = """
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8">
            <meta name="viewport" content="width=device-width, initial-scale=1">
            <meta http-equiv="Content-Security-Policy" content="default-src 'none'; img-src data:; \
            style-src 'unsafe-inline'; script-src 'unsafe-inline'">
            <meta name="color-scheme" content="light dark">
            <title>\(title)</title>
            <style>\(style)</style></head>
            <body><header><h1>\(title)</h1>\(lead)<nav>\(links)</nav></header>
            <main>\(bodies)</main>
            <script>\(script)</script></body></html>

            """
        return page.text
    }

    /// Turns a strip of pictures, which scrolls, into one picture and a slider.
    private static let script: HTML = """
        for (const strip of document.querySelectorAll(".strip")) {
          const sheets = [...strip.querySelectorAll("figure")];
          if (sheets.length < 2) continue;
          const slider = document.createElement("input");
          slider.type = "range"; slider.min = 0; slider.max = sheets.length - 1; slider.value = sheets.length - 1;
          slider.setAttribute("aria-label", "images shown");
          const show = () => sheets.forEach((sheet, k) => sheet.hidden = k != slider.value);
          slider.addEventListener("input", show);
          for (const sheet of sheets) sheet.querySelector("img").loading = "eager";
          strip.classList.add("scrub");
          strip.before(slider);
          show();
        }
        """

    private static let style: HTML = """
        :root { --back: #fff; --page: #f5f6f8; --ink: #1c2024; --soft: #5c6670; --line: #dfe3e8; --warn: #9a4b00;
          --c0: #0072b2; --c1: #d55e00; --c2: #009e73; --c3: #b5528e; --c4: #b98a00; --c5: #3c9bd1; --c6: #5c6670;
          --c7: #7a5cc0; }
        @media (prefers-color-scheme: dark) { :root { --back: #1d2126; --page: #14171a; --ink: #e6e9ec; --soft: #9aa5b0;
          --line: #343b43; --warn: #ffb168; --c0: #56a8e0; --c1: #ff8a4a; --c2: #2fc99a; --c3: #e79ac6; --c4: #f0c040;
          --c5: #9bd4f5; --c6: #b4bcc4; --c7: #b8a0f0; } }
        * { box-sizing: border-box; }
        body { margin: 0; background: var(--page); color: var(--ink);
          font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
        header, main { max-width: 1180px; margin: 0 auto; padding: 0 16px; }
        header { padding-top: 20px; }
        h1 { font-size: 1.7rem; margin: 0 0 .3rem; overflow-wrap: anywhere; }
        h2 { font-size: 1.25rem; margin: 0 0 .6rem; }
        h3 { font-size: 1rem; margin: 0; overflow-wrap: anywhere; }
        p { margin: .2rem 0 .8rem; overflow-wrap: anywhere; max-width: 78ch; }
        nav { display: flex; flex-wrap: wrap; gap: 4px 14px; margin: .8rem 0 1rem; font-size: .92rem; }
        a { color: var(--c0); }
        section { background: var(--back); border: 1px solid var(--line); border-radius: 10px; padding: 16px;
          margin: 0 0 16px; }
        .facts { display: grid; grid-template-columns: repeat(auto-fit, minmax(150px, 1fr)); gap: 10px; margin: .8rem 0; }
        .facts div { background: var(--back); border: 1px solid var(--line); border-radius: 10px; padding: 8px 12px; }
        .facts dt, .soft, figcaption p { color: var(--soft); font-size: .88rem; }
        .facts dd { margin: 0; font-size: 1.15rem; overflow-wrap: anywhere; }
        dl { margin: 0; }
        .charts { display: grid; grid-template-columns: repeat(auto-fill, minmax(min(100%, 340px), 1fr)); gap: 22px; }
        figure { margin: 0; min-width: 0; }
        .chart svg { width: 100%; height: auto; display: block; }
        .chart { display: flex; flex-direction: column; }
        .chart figcaption { flex: 1; }
        .chart figcaption p { margin: 0 0 .4rem; line-height: 1.35; }
        svg text { fill: var(--soft); font-size: 11.5px; }
        svg .end { text-anchor: end; } svg .middle { text-anchor: middle; }
        svg .grid { stroke: var(--line); }
        svg polyline { fill: none; stroke-width: 1.8; stroke-linejoin: round; }
        .legend { list-style: none; display: flex; flex-wrap: wrap; gap: 0 14px; margin: 0; padding: 0; font-size: .82rem;
          overflow-wrap: anywhere; }
        .legend b { font-variant-numeric: tabular-nums; }
        .legend i { display: inline-block; width: 14px; height: 3px; margin: 0 6px 4px 0; }
        polyline.c0 { stroke: var(--c0); } polyline.c1 { stroke: var(--c1); } polyline.c2 { stroke: var(--c2); }
        polyline.c3 { stroke: var(--c3); } polyline.c4 { stroke: var(--c4); } polyline.c5 { stroke: var(--c5); }
        polyline.c6 { stroke: var(--c6); } polyline.c7 { stroke: var(--c7); }
        i.c0 { background: var(--c0); } i.c1 { background: var(--c1); } i.c2 { background: var(--c2); }
        i.c3 { background: var(--c3); } i.c4 { background: var(--c4); } i.c5 { background: var(--c5); }
        i.c6 { background: var(--c6); } i.c7 { background: var(--c7); }
        circle.c0 { fill: var(--c0); } circle.c1 { fill: var(--c1); } circle.c2 { fill: var(--c2); }
        circle.c3 { fill: var(--c3); } circle.c4 { fill: var(--c4); } circle.c5 { fill: var(--c5); }
        circle.c6 { fill: var(--c6); } circle.c7 { fill: var(--c7); }
        .pair { display: grid; grid-template-columns: repeat(auto-fit, minmax(min(100%, 300px), 1fr)); gap: 18px; }
        .pair img { width: 100%; height: auto; max-width: 560px; }
        img { display: block; background: #000; border-radius: 6px; }
        img.pixels { image-rendering: pixelated; }
        .strip { display: flex; gap: 12px; overflow-x: auto; padding-bottom: 8px; scroll-snap-type: x proximity; }
        .strip figure { flex: none; scroll-snap-align: start; }
        .strip img { height: 300px; width: auto; max-width: 82vw; object-fit: contain; }
        .strip.scrub { display: block; overflow: visible; }
        .strip.scrub img { height: auto; width: 560px; max-width: 100%; }
        [hidden] { display: none; }
        input[type=range] { width: min(100%, 560px); display: block; margin: 0 0 10px; accent-color: var(--c0); }
        .tall img { max-width: 100%; width: 560px; height: auto; }
        .wide { overflow-x: auto; }
        table { border-collapse: collapse; font-size: .9rem; }
        th, td { text-align: left; padding: 4px 14px 4px 0; border-bottom: 1px solid var(--line); vertical-align: top;
          overflow-wrap: anywhere; }
        th { font-weight: 600; }
        td { min-width: 4.5em; }
        .warn th, .warn td:nth-child(n+3) { white-space: nowrap; }
        .wide + .charts { margin-top: 16px; }
        .warn { color: var(--warn); }
        summary { cursor: pointer; color: var(--c0); margin: .6rem 0; }
        code { font-size: .92em; overflow-wrap: anywhere; }
        @media (max-width: 520px) { body { font-size: 15px; } section { padding: 12px; }
          header, main { padding-left: 10px; padding-right: 10px; } .facts dd { font-size: 1rem; }
          .facts { grid-template-columns: 1fr 1fr; } }
        """
}
