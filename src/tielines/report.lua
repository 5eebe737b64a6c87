-- What a report's Markdown leaves to pandoc's filter: tables come as HTML, and typst is told alt texts and what stays together.

local function typst(blocks)
  return pandoc.write(pandoc.Pandoc(blocks), 'typst')
end

local function bold(row)
  for _, cell in ipairs(row.cells) do
    cell.contents = {pandoc.Plain{pandoc.Strong(pandoc.utils.blocks_to_inlines(cell.contents))}}
  end
end

local function real(block, caption, id)
  -- A table of HTML with its caption, headings in bold.
  local found
  pandoc.Pandoc(pandoc.read(block.text, 'html+smart').blocks):walk{Table = function(t) found = t end}
  local t = found
  for _, row in ipairs(t.head.rows) do bold(row) end
  for _, body in ipairs(t.bodies) do
    for i = #body.head, 1, -1 do table.insert(body.body, 1, body.head[i]) end
    body.head = {}
    for _, row in ipairs(body.body) do
      if #row.cells == 1 then bold(row) end
    end
  end
  t.attr = pandoc.Attr(id)
  t.caption = {long = {pandoc.Plain(caption)}}
  return t
end

function Div(div)
  if div.classes:includes('table') then
    local t = real(div.content[2], div.content[1].content, div.identifier)
    if FORMAT ~= 'typst' then return t end
    return {pandoc.RawBlock('typst', '#[\n#show table: set text(size: ' .. div.attributes.size .. ')\n'), t, pandoc.RawBlock('typst', ']')}
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
