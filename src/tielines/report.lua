-- What a report's Markdown leaves to pandoc's filter: tables come as HTML, and typst is told alt texts and what stays together.

local function typst(blocks)
  return pandoc.write(pandoc.Pandoc(blocks), 'typst')
end

local function widths(t)
  -- A column's share: its longest word, and the root of all that stands in it.
  local most, word, shares, sum = {}, {}, {}, 0
  local function see(row)
    for i, cell in ipairs(row.cells) do
      if cell.col_span == 1 then
        local said = pandoc.utils.stringify(cell)
        most[i] = math.max(most[i] or 0, utf8.len(said))
        for w in said:gmatch('[^%s-]+') do word[i] = math.max(word[i] or 3, utf8.len(w)) end
      end
    end
  end
  for _, row in ipairs(t.head.rows) do see(row) end
  for _, body in ipairs(t.bodies) do for _, row in ipairs(body.body) do see(row) end end
  for i = 1, #t.colspecs do
    shares[i] = math.max((word[i] or 3) + 6, 3 * math.sqrt(most[i] or 1))
    sum = sum + shares[i]
  end
  for i, spec in ipairs(t.colspecs) do t.colspecs[i] = {spec[1], shares[i] / sum} end
end

local function bold(row)
  for _, cell in ipairs(row.cells) do
    cell.contents = {pandoc.Plain{pandoc.Strong(pandoc.utils.blocks_to_inlines(cell.contents))}}
  end
end

local function real(block, caption, id)
  -- The table of a bundle's HTML, without the title and source line that it has for itself.
  local found
  pandoc.Pandoc(pandoc.read(block.text, 'html+smart').blocks):walk{Table = function(t) found = t end}
  local t = found
  t.head.rows = t.head.rows:filter(function(row) return not row.attr.classes:includes('gt_heading') end)
  for _, row in ipairs(t.head.rows) do bold(row) end
  t.foot.rows = {}
  for _, body in ipairs(t.bodies) do
    for i = #body.head, 1, -1 do table.insert(body.body, 1, body.head[i]) end
    body.head = {}
    for _, row in ipairs(body.body) do
      if #row.cells == 1 then bold(row) end
    end
  end
  widths(t)
  t.attr = pandoc.Attr(id)
  t.caption = {long = {pandoc.Plain(caption)}}
  return t
end

function Div(div)
  if div.classes:includes('table') then
    return real(div.content[2], div.content[1].content, div.identifier)
  end
  if FORMAT ~= 'typst' then return nil end
  if div.classes:includes('together') then
    return {pandoc.RawBlock('typst', '#block(breakable: false)['), div, pandoc.RawBlock('typst', ']')}
  end
  if div.attributes['custom-style'] == 'Figure Lead' then
    return {pandoc.RawBlock('typst', '#block(sticky: true)['), div, pandoc.RawBlock('typst', ']')}
  end
  if div.attributes['custom-style'] then
    return {pandoc.RawBlock('typst', '#block[#set text(size: 8pt, fill: luma(35%)); #set par(justify: false)\n'), div, pandoc.RawBlock('typst', ']')}
  end
end

function Figure(fig)
  if FORMAT ~= 'typst' then return nil end
  local image = fig.content[1].content[1]
  local alt = pandoc.utils.stringify(image.caption):gsub('\\', '\\\\'):gsub('"', '\\"')
  local caption = typst{pandoc.Plain(pandoc.utils.blocks_to_inlines(fig.caption.long))}
  return pandoc.RawBlock('typst', string.format('#figure(box(clip: true, image("%s", width: %s, alt: "%s")), kind: image, caption: [%s]) <%s>',
    image.src, image.attributes.width, alt, caption, fig.identifier))
end
